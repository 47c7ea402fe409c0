// Real programs against our stack over a real TAP or TUN: curl, nginx, ping. Sizes suit a quick run; `npm run evidence`
// does the same with the sizes of the record.

import { buildIfStale } from '../support/programs.ts'
import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Namespace, tapSkipReason } from './namespace.ts'

const reason = tapSkipReason('curl', 'nginx', 'ping')
const OURS = ['--address', '198.18.0.2/24', '--address', 'fd00:5eed::2/64']
const STACK = ['--host-address', '198.18.0.1/24', '--host-address', 'fd00:5eed::1/64', ...OURS]
const SIZE = 20_000_000
const BAD_LINK = 'loss 2% delay 10ms reorder 1% duplicate 1% corrupt 0.5%'

function sha256(bytes: Uint8Array): string { return createHash('sha256').update(bytes).digest('hex') }

describe.skipIf(reason !== undefined)(`real programs over TAP${reason === undefined ? '' : ` (skipped: ${reason})`}`, () => {
  let namespace: Namespace
  let folder: string
  let digest: string

  beforeAll(async () => {
    await buildIfStale()
    folder = mkdtempSync(join(tmpdir(), 'sockeye-tap-'))
    mkdirSync(join(folder, 'site'))
    const content = randomBytes(SIZE)
    digest = sha256(content)
    writeFileSync(join(folder, 'site', 'big'), content)
    writeFileSync(join(folder, 'site', 'small'), content.subarray(0, 2_000_000))
    writeFileSync(join(folder, 'site', 'index.html'), '<h1>hello</h1>')
  })
  afterAll(() => { rmSync(folder, { recursive: true, force: true }) })
  beforeEach(() => { namespace = Namespace.create() })
  afterEach(async () => { await namespace.remove() })

  async function startNginx(): Promise<void> {
    const config = join(folder, 'nginx.conf')
    writeFileSync(config, `daemon off; master_process off; pid ${folder}/nginx.pid; error_log ${folder}/error.log; worker_processes 1; user root;
events {} http { access_log off; sendfile on; client_body_temp_path ${folder}/b; proxy_temp_path ${folder}/p; fastcgi_temp_path ${folder}/f;
uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s; server { listen 8080; listen [::]:8080; root ${folder}/site;
location /moved { return 302 /small; } } }`)
    const nginx = namespace.start('nginx', ['-c', config])
    for (let i = 0; i < 100 && !nginx.hasEnded; i++) {
      const probe = await namespace.run('curl', ['-s', '-o', '/dev/null', 'http://127.0.0.1:8080/'])
      if (probe.code === 0) return
    }
    throw new Error(`nginx does not answer: ${nginx.stderr}`)
  }

  describe.each([['tap', []], ['tap', ['--no-offload']], ['tun', []], ['tun', ['--no-offload']]])('%s %j', (kind, extra) => {
    it('curl fetches a file from up --serve', async () => {
      const up = namespace.sockeye('up', `--${kind}`, 'sk0', ...STACK, ...extra, '--serve', join(folder, 'site'))
      await up.says('ready')
      for (const host of ['198.18.0.2', '[fd00:5eed::2]']) {
        const curl = await namespace.run('curl', ['-sS', '--max-time', '60', `http://${host}/big`])
        expect({ code: curl.code, stderr: curl.stderr, digest: sha256(curl.bytes) }).toEqual({ code: 0, stderr: '', digest })
      }
      expect(await up.stop()).toMatchObject({ code: 0, stderr: '' })
    }, 120_000)

    it('get fetches a file from nginx', async () => {
      await namespace.run('sysctl', ['-qw', 'net.ipv6.conf.default.accept_dad=0'])
      await startNginx()
      for (const host of ['198.18.0.1', '[fd00:5eed::1]']) {
        const output = join(folder, 'got')
        const get = await namespace.sockeye('get', `http://${host}:8080/big`, `--${kind}`, 'sk0', ...STACK, ...extra, '-o', output).finished
        expect(get.stderr).toMatch(/^200 OK, 20000000 bytes in /)
        expect(get.code).toBe(0)
        expect(sha256(readFileSync(output))).toBe(digest)
      }
    }, 120_000)

    it('the kernel pings us and we the kernel, in fragments too', async () => {
      const up = namespace.sockeye('up', `--${kind}`, 'sk0', ...STACK, ...extra)
      await up.says('ready')
      for (const host of ['198.18.0.2', 'fd00:5eed::2']) {
        for (const size of ['56', '8000']) {
          expect((await namespace.run('ping', ['-c', '3', '-i', '0.05', '-s', size, '-W', '2', host])).stdout).toMatch(/3 received, 0% packet loss/)
        }
      }
      await up.stop()
      for (const host of ['198.18.0.1', 'fd00:5eed::1']) {
        for (const size of ['56', '8000']) {
          const ping = await namespace.sockeye('ping', `--${kind}`, 'sk0', ...STACK, ...extra, '-c', '3', '-i', '0.05', '-s', size, '-W', '2', host).finished
          expect(ping.stdout).toMatch(/3 packets transmitted, 3 received, 0% packet loss/)
          expect(ping.code).toBe(0)
        }
      }
    }, 60_000)
  })

  it('a bad link delays, and damages nothing', async () => {
    const up = namespace.sockeye('up', '--tap', 'sk0', ...STACK, '--impair', BAD_LINK, '--serve', join(folder, 'site'))
    await up.says('ready')
    const curl = await namespace.run('curl', ['-sS', '--max-time', '100', 'http://198.18.0.2/small'])
    await up.stop()
    await startNginx()
    const output = join(folder, 'got')
    const get = await namespace.sockeye('get', 'http://198.18.0.1:8080/moved', '--tap', 'sk0', ...STACK, '--impair', BAD_LINK, '-o', output).finished
    const expected = sha256(readFileSync(join(folder, 'site', 'small')))
    expect(sha256(curl.bytes)).toBe(expected)
    expect({ code: get.code, digest: sha256(readFileSync(output)) }).toEqual({ code: 0, digest: expected })
  }, 240_000)

  it('HTTP is served as browsers expect it', async () => {
    const up = namespace.sockeye('up', '--tap', 'sk0', ...STACK, '--serve', join(folder, 'site'))
    await up.says('ready')
    const curl = async (...operands: string[]): Promise<string> => (await namespace.run('curl', ['-sS', '--max-time', '20', ...operands])).stdout
    expect(await curl('http://198.18.0.2/')).toBe('<h1>hello</h1>')
    expect(await curl('-I', 'http://198.18.0.2/index.html')).toMatch(/^HTTP\/1\.1 200 OK\r\n.*Content-Type: text\/html; charset=utf-8\r\nContent-Length: 14\r\n/s)
    expect(await curl('-r', '4-8', 'http://198.18.0.2/index.html')).toBe('hello')
    expect(await curl('-o', '/dev/null', '-w', '%{http_code}', '-r', '99-', 'http://198.18.0.2/index.html')).toBe('416')
    expect(await curl('-o', '/dev/null', '-w', '%{http_code}', '--path-as-is', 'http://198.18.0.2/../../etc/passwd')).toBe('400')
    expect(await curl('-o', '/dev/null', '-w', '%{http_code}', '-X', 'POST', '-d', 'x=1', 'http://198.18.0.2/')).toBe('405')
    expect(await curl('-o', '/dev/null', '-w', '%{http_code} %{num_connects} ', 'http://198.18.0.2/none', '-o', '/dev/null', 'http://198.18.0.2/')).toBe('404 1 200 0 ')
  }, 60_000)

  it('ss shows who listens, and sysctl a setting', async () => {
    const up = namespace.sockeye('up', '--tap', 'sk0', ...STACK, '--serve', join(folder, 'site'), '--echo', '--name', 'web')
    await up.says('ready')
    const listening = await namespace.sockeye('ss', '-tlnp').finished
    expect(listening.stdout).toMatch(/^tcp +LISTEN +0 +4096 +\*:80 +\*:\* +users:\(\("httpd",pid=\d+,fd=\d+\)\)$/m)
    expect((await namespace.sockeye('ss', '-uan').finished).stdout).toMatch(/^udp +UNCONN .*\*:7 /m)
    expect((await namespace.sockeye('sysctl', 'net.ipv4.tcp_sack').finished).stdout).toBe('net.ipv4.tcp_sack = 1\n')
    await up.stop()
    expect(await namespace.sockeye('ss').finished).toMatchObject({ code: 1, stderr: expect.stringMatching(/ENOENT: no instance runs/) as string })
  }, 60_000)

  it('an idle host costs nothing', async () => {
    const up = namespace.sockeye('up', '--tap', 'sk0', ...STACK, '--echo')
    await up.says('ready')
    // How often its threads were woken; what that costs in time is for npm run evidence -- first-light to say.
    const tasks = `/proc/${up.child.pid}/task`
    const switches = (task: string): number =>
      Number(/^voluntary_ctxt_switches:\s+(\d+)$/m.exec(readFileSync(join(tasks, task, 'status'), 'utf8'))?.[1])
    const wakeups = (): number => readdirSync(tasks).reduce((sum, task) => sum + switches(task), 0)
    await new Promise(resolve => setTimeout(resolve, 5000))
    const before = wakeups()
    await new Promise(resolve => setTimeout(resolve, 10_000))
    expect(wakeups() - before).toBeLessThan(25)
  }, 60_000)

  it('data goes both ways through nc and the echo service', async () => {
    const up = namespace.sockeye('up', '--tap', 'sk0', ...STACK, '--echo')
    await up.says('ready')
    const echo = await namespace.run('bash', ['-c', 'exec 3<>/dev/tcp/198.18.0.2/7; echo hello >&3; head -n1 <&3'])
    expect(echo.stdout).toBe('hello\n')
  }, 30_000)
})
