// Node programs with unmodified client libraries, run on our stack, against the real servers of the distribution over TAP;
// and a server of Node's, run on our stack, against curl. A server that is not installed skips its test and says so.

import { buildIfStale } from '../support/programs.ts'
import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Namespace, tapSkipReason } from '../tap/namespace.ts'
import type { Running } from '../tap/namespace.ts'

const OPTIONS = ['--tap', 'sk0', '--host-address', '198.18.0.1/24', '--host-address', 'fd00:5eed::1/64', '--address', '198.18.0.2/24', '--address', 'fd00:5eed::2/64']
const BAD_LINK = ['--impair', 'delay 25ms loss 2%']
const POSTGRES_HOME = '/usr/lib/postgresql'
const SIZE = 3_000_000
const PATIENCE_MS = 15_000

function program(name: string): string { return fileURLToPath(new URL(`programs/${name}`, import.meta.url)) }

function postgresFolder(): string | undefined {
  const versions = existsSync(POSTGRES_HOME) ? readdirSync(POSTGRES_HOME) : []
  return versions.map(each => `${POSTGRES_HOME}/${each}/bin`).find(each => existsSync(`${each}/initdb`))
}

const reason = tapSkipReason()
const missing = (name: string): string | undefined => tapSkipReason(name)
const noPostgres = reason ?? (postgresFolder() === undefined ? 'no postgresql' : undefined)

describe.skipIf(reason !== undefined)(`programs on our stack and real peers over TAP${reason === undefined ? '' : ` (skipped: ${reason})`}`, () => {
  let namespace: Namespace
  let folder: string
  let digest: string
  let key: string
  let cert: string

  beforeAll(async () => {
    await buildIfStale()
    folder = mkdtempSync(join(tmpdir(), 'sockeye-peers-'))
    mkdirSync(join(folder, 'site'))
    const content = randomBytes(SIZE)
    digest = createHash('sha256').update(content).digest('hex')
    writeFileSync(join(folder, 'site', 'big'), content)
    writeFileSync(join(folder, 'site', 'small'), 'small')
    key = join(folder, 'key.pem')
    cert = join(folder, 'cert.pem')
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key, '-out', cert,
      '-subj', '/CN=sockeye', '-days', '2'], { stdio: 'ignore' })
  })
  afterAll(() => { rmSync(folder, { recursive: true, force: true }) })
  beforeEach(() => { namespace = Namespace.create() })
  afterEach(async () => { await namespace.remove() })

  async function untilPort(server: Running, port: number): Promise<void> {
    for (const began = Date.now(); Date.now() - began < PATIENCE_MS && !server.hasEnded;) {
      const { stdout } = await namespace.run('ss', ['-Hltn', `sport = :${port}`])
      if (stdout !== '') return
    }
    throw new Error(`nobody listens on ${port}: ${server.stdout}${server.stderr}`)
  }

  /** What the program prints, as JSON. */
  async function runProgram(name: string, operands: readonly string[], extra: readonly string[] = []): Promise<unknown> {
    const { code, stdout, stderr } = await namespace.sockeye('run', ...OPTIONS, ...extra, program(name), ...operands).finished
    expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
    return JSON.parse(stdout)
  }

  const noRedis = missing('redis-server')
  it.skipIf(noRedis !== undefined)(`ioredis and redis-server, also over a bad link${noRedis === undefined ? '' : ` (skipped: ${noRedis})`}`, async () => {
    const server = namespace.start('redis-server', ['--save', '', '--appendonly', 'no', '--protected-mode', 'no', '--dir', folder])
    await untilPort(server, 6379)
    const expected = { same: true, counted: 2000, heard: 'news: hello', local: '198.18.0.2', remote: '198.18.0.1' }
    expect(await runProgram('redis.mjs', ['198.18.0.1'])).toEqual(expected)
    expect(await runProgram('redis.mjs', ['198.18.0.1'], BAD_LINK)).toMatchObject({ ...expected, counted: 4000 })
  }, 90_000)

  it.skipIf(noPostgres !== undefined)(`pg and postgresql, plain and with TLS${noPostgres === undefined ? '' : ` (skipped: ${noPostgres})`}`, async () => {
    const bin = postgresFolder() ?? ''
    const data = mkdtempSync(join(tmpdir(), 'sockeye-postgres-'))
    try {
      execFileSync('chown', ['postgres', data])
      const asPostgres = (...words: string[]): string[] => ['-u', 'postgres', '--', ...words]
      execFileSync('runuser', asPostgres(`${bin}/initdb`, '-D', data, '-A', 'trust', '-N'), { stdio: 'ignore', cwd: data })
      writeFileSync(join(data, 'pg_hba.conf'), 'host all all all trust\n')
      execFileSync('install', ['-o', 'postgres', '-m', '600', key, join(data, 'server.key')])
      execFileSync('install', ['-o', 'postgres', '-m', '600', cert, join(data, 'server.crt')])
      const server = namespace.start('runuser', asPostgres(`${bin}/postgres`, '-D', data, '-c', 'listen_addresses=*', '-c', 'unix_socket_directories=',
        '-c', 'ssl=on', '-c', 'fsync=off'))
      await untilPort(server, 5432)
      const expected = { count: 200, length: 1_200_000, heard: 'news: hello', sum: 190 }
      expect(await runProgram('postgres.mjs', ['198.18.0.1'])).toEqual({ ...expected, ssl: false })
      const drop = await namespace.run('runuser', asPostgres(`${bin}/psql`, '-h', '127.0.0.1', '-c', 'drop table fish'))
      expect(drop.stdout).toBe('DROP TABLE\n')
      expect(await runProgram('postgres.mjs', ['fd00:5eed::1', 'tls'])).toEqual({ ...expected, ssl: true })
    } finally {
      rmSync(data, { recursive: true, force: true })
    }
  }, 90_000)

  const noMosquitto = missing('mosquitto')
  it.skipIf(noMosquitto !== undefined)(`mqtt and mosquitto, also over a bad link${noMosquitto === undefined ? '' : ` (skipped: ${noMosquitto})`}`, async () => {
    const config = join(folder, 'mosquitto.conf')
    writeFileSync(config, 'listener 1883\nallow_anonymous true\n')
    const server = namespace.start('mosquitto', ['-c', config])
    await untilPort(server, 1883)
    const expected = ['fish/0 hello 0', 'fish/1 hello 1', 'fish/2 hello 2', 'fish/big 500000', 'fish/will gone']
    expect(await runProgram('mosquitto.mjs', ['198.18.0.1'])).toEqual(expected)
    expect(await runProgram('mosquitto.mjs', ['198.18.0.1'], BAD_LINK)).toEqual(expected)
  }, 60_000)

  const noNginx = missing('nginx')
  it.skipIf(noNginx !== undefined)(`http, https, http2, fetch, undici and nginx${noNginx === undefined ? '' : ` (skipped: ${noNginx})`}`, async () => {
    const config = join(folder, 'nginx.conf')
    writeFileSync(config, `daemon off; master_process off; pid ${folder}/nginx.pid; error_log ${folder}/error.log; user root; events {} http { access_log off;
client_body_temp_path ${folder}/b; proxy_temp_path ${folder}/p; fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
server { listen 8080; listen 8443 ssl http2; ssl_certificate ${cert}; ssl_certificate_key ${key}; root ${folder}/site; } }`)
    const server = namespace.start('nginx', ['-c', config])
    await untilPort(server, 8443)
    const all = { http: digest, https: digest, httpsAgain: digest, http2: digest, fetch: digest, undici: digest, pool: 'small', refused: 'ECONNREFUSED' }
    expect(await runProgram('nginx.mjs', ['198.18.0.1'])).toEqual(all)
    // The same by `node --import sockeye-net/register`, from environment variables.
    const register = await namespace.run('env', ['SOCKEYE_TAP=sk0', 'SOCKEYE_HOST_ADDRESS=198.18.0.1/24', 'SOCKEYE_ADDRESS=198.18.0.2/24',
      process.execPath, '--import', 'sockeye-net/register', program('nginx.mjs'), '198.18.0.1'])
    expect(register.stderr).toBe('')
    expect(JSON.parse(register.stdout)).toEqual(all)
  }, 60_000)

  const noCurl = missing('curl')
  it.skipIf(noCurl !== undefined)(`a server of Node's and curl${noCurl === undefined ? '' : ` (skipped: ${noCurl})`}`, async () => {
    const server = namespace.sockeye('run', ...OPTIONS, program('server.cjs'), key, cert)
    await server.says('serving')
    const upload = join(folder, 'site', 'big')
    const curl = async (...operands: string[]): Promise<string> => (await namespace.run('curl', ['-sS', '-k', '--max-time', '20', ...operands])).stdout
    expect(await curl('-T', upload, 'http://198.18.0.2/')).toBe(`PUT ${SIZE} from 198.18.0.1\n`)
    expect(await curl('--http2', 'https://198.18.0.2/')).toBe('HTTP/2.0\n')
    expect(await curl('--http1.1', 'https://[fd00:5eed::2]/')).toBe('HTTP/1.1\n')
    const datagram = await namespace.run('bash', ['-c', 'exec 3<>/dev/udp/198.18.0.2/7; echo ping >&3; timeout 5 head -n1 <&3'])
    expect(datagram.stdout).toBe('ping\n')
    expect((await namespace.sockeye('ss', '-tln').finished).stdout).toMatch(/LISTEN.*198\.18\.0\.2:80 /)
    expect(await server.stop()).toMatchObject({ code: 7, stderr: '' })
    expect(namespace.devices()).toEqual([])
  }, 60_000)
})
