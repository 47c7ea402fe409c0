// What the evidence of real machines needs: programs with a bound on their time, network namespaces that are gone
// afterwards, and a `sockeye up` inside one.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))
export const SOCKEYE = join(ROOT, 'bin', 'sockeye')

export const has = program => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0

/** A reason not to run, or undefined. */
export function lacks(...programs) {
  if (process.getuid?.() !== 0) return 'needs root'
  const missing = ['ip', ...programs].filter(each => !has(each))
  return missing.length > 0 ? `this machine has no ${missing.join(', ')}` : undefined
}

export const skip = note => ({ figure: '', pass: null, note })

/** Runs to the end: { code, out, err, ms }. */
export function run(command, { limitMs = 60_000, cwd = ROOT, env = {}, input } = {}) {
  const began = performance.now()
  return new Promise(resolve => {
    const child = spawn(command[0], command.slice(1), { cwd, env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'], detached: true })
    let out = ''
    let err = ''
    child.stdout.on('data', piece => { if (out.length < 4 << 20) out += piece })
    child.stderr.on('data', piece => { if (err.length < 1 << 20) err += piece })
    child.on('error', error => { err += error.message })
    child.stdin.on('error', () => {})
    child.stdin.end(input)
    const timer = setTimeout(() => { try { process.kill(-child.pid, 'SIGKILL') } catch { /* gone */ } }, limitMs)
    child.on('close', code => {
      clearTimeout(timer)
      resolve({ code, out, err, ms: performance.now() - began })
    })
  })
}

export async function expectRun(command, options) {
  const result = await run(command, options)
  if (result.code !== 0) throw new Error(`${command.join(' ')}: exit ${result.code}: ${(result.err + result.out).trim().slice(-300)}`)
  return result
}

/** Starts and waits for `ready` in the output; { child, output(), stop() }. */
export function start(command, { ready, limitMs = 120_000, cwd = ROOT, env = {} } = {}) {
  const child = spawn(command[0], command.slice(1), { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  let output = ''
  const exited = new Promise(resolve => { child.on('close', code => { resolve(code) }) })
  const signal = name => { try { process.kill(-child.pid, name) } catch { /* gone */ } }
  const handle = {
    child, output: () => output, exited,
    stop: async (name = 'SIGINT') => {
      signal(name)
      const timer = setTimeout(() => { signal('SIGKILL') }, 8000)
      const code = await exited
      clearTimeout(timer)
      return code
    },
  }
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => { signal('SIGKILL'); reject(new Error(`${command.join(' ')}: not ready in ${limitMs} ms: ${output.slice(-300)}`)) }, limitMs)
    const look = piece => {
      output += piece
      if (ready !== undefined && output.includes(ready)) { clearTimeout(timer); resolve(handle) }
    }
    child.stdout.on('data', look)
    child.stderr.on('data', look)
    child.on('error', reject)
    child.on('close', code => { clearTimeout(timer); reject(new Error(`${command.join(' ')}: ended with ${code}: ${output.slice(-300)}`)) })
    if (ready === undefined) { clearTimeout(timer); resolve(handle) }
  })
}

let count = 0
const standing = new Set()

/** Whoever breaks off a measurement leaves no namespace behind either. */
function takeDown(signal) {
  for (const name of standing) {
    const { stdout } = spawnSync('ip', ['netns', 'pids', name], { encoding: 'utf8' })
    for (const pid of stdout.split(/\s+/).filter(Boolean)) { try { process.kill(Number(pid), 'SIGKILL') } catch { /* gone */ } }
    spawnSync('ip', ['netns', 'del', name])
  }
  process.kill(process.pid, signal)
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => { takeDown(signal) })

/** Calls `body` with a namespace (and a folder), both gone afterwards. */
export async function inNamespace(body) {
  count++
  const name = `skev${process.pid}x${count}`
  const folder = mkdtempSync(join(tmpdir(), 'sockeye-evidence-'))
  await expectRun(['ip', 'netns', 'add', name])
  standing.add(name)
  const space = {
    name, folder,
    command: command => ['ip', 'netns', 'exec', name, ...command],
    run: (command, options) => expectRun(['ip', 'netns', 'exec', name, ...command], options),
    try: (command, options) => run(['ip', 'netns', 'exec', name, ...command], options),
    start: (command, options) => start(['ip', 'netns', 'exec', name, ...command], options),
  }
  try {
    await expectRun(['ip', '-n', name, 'link', 'set', 'lo', 'up'])
    return await body(space)
  } finally {
    await run(['ip', 'netns', 'pids', name]).then(({ out }) => {
      for (const pid of out.split(/\s+/).filter(Boolean)) { try { process.kill(Number(pid), 'SIGKILL') } catch { /* gone */ } }
    })
    await run(['ip', 'netns', 'del', name])
    standing.delete(name)
    rmSync(folder, { recursive: true, force: true })
  }
}

export const KERNEL_SIDE = '198.18.0.1'
export const OUR_SIDE = '198.18.0.2'
export const STACK = ['--tap', 'sk0', '--host-address', `${KERNEL_SIDE}/24`, '--address', `${OUR_SIDE}/24`]

/** Our host in the namespace while `body` runs. */
export async function withUp(space, options, body) {
  const up = await space.start([process.execPath, SOCKEYE, 'up', ...STACK, ...options], { ready: 'ready' })
  try {
    return await body(up)
  } finally {
    await up.stop()
  }
}

export function sha256(path) {
  return new Promise((resolve, reject) => {
    const hash = createHash('sha256')
    createReadStream(path).on('data', piece => { hash.update(piece) }).on('error', reject).on('end', () => { resolve(hash.digest('hex')) })
  })
}

export const makeFile = (path, megabytes) => expectRun(['dd', 'if=/dev/urandom', `of=${path}`, 'bs=1M', `count=${megabytes}`, 'status=none'])

/** nginx of the machine, serving a folder on a port inside the namespace. */
export async function withNginx(space, root, body) {
  const conf = join(space.folder, 'nginx.conf')
  const { writeFileSync } = await import('node:fs')
  writeFileSync(conf, `daemon off; pid ${space.folder}/nginx.pid; error_log stderr; worker_processes 1; user root;
events {} http { access_log off; sendfile on; client_body_temp_path ${space.folder}/a; proxy_temp_path ${space.folder}/b;
fastcgi_temp_path ${space.folder}/c; uwsgi_temp_path ${space.folder}/d; scgi_temp_path ${space.folder}/e;
server { listen 80; location / { root ${root}; } } }`)
  const nginx = await space.start(['nginx', '-c', conf, '-e', 'stderr'])
  try {
    for (let tries = 0; tries < 50; tries++) {
      const { code } = await space.try(['sh', '-c', 'grep -q ":0050" /proc/net/tcp'])
      if (code === 0) break
      await new Promise(resolve => setTimeout(resolve, 100))
    }
    return await body()
  } finally {
    await nginx.stop('SIGTERM')
  }
}
