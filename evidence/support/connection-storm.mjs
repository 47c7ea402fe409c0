// Many short connections between two simulated hosts over a cable that loses packets, opened and closed in every way a program can:
// what is left of them when the last one is over. `api` is what World and the constants are taken from: the built package here, the
// sources in test/world/connections.test.ts.

const SERVER_PORTS = 16
const AT_ONCE = 100
const ONE = Uint8Array.of(1, 0, 0, 0)
const TEN = Uint8Array.of(10, 0, 0, 0)
const LINGER_NOW = Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0)

function must(result, call) {
  if (typeof result === 'string') throw new Error(`${call}: ${result}`)
  return result
}

/** What the client does once connected; the server reads to the end, answers and closes. */
const WAYS = [
  // Both say something, the client closes first.
  async (p, fd, buffer) => {
    await p.write(fd, buffer, 0, 1000)
    await p.read(fd, buffer, 0, 100)
    p.sys.close(fd)
  },
  // Half-close: FIN, then the answer, then the end.
  async (p, fd, buffer, api) => {
    await p.write(fd, buffer, 0, 5000)
    p.sys.shutdown(fd, api.SHUT_WR)
    for (let got = 1; typeof got === 'number' && got > 0;) got = await p.read(fd, buffer, 0, 4000)
    p.sys.close(fd)
  },
  // Nothing is said at all.
  async (p, fd) => { p.sys.close(fd) },
  // Reset.
  async (p, fd, buffer, api) => {
    await p.write(fd, buffer, 0, 100)
    p.sys.setsockopt(fd, api.SOL_SOCKET, api.SO_LINGER, LINGER_NOW)
    p.sys.close(fd)
  },
  // Closed with the answer unread.
  async (p, fd, buffer) => {
    await p.write(fd, buffer, 0, 100)
    await p.poll([{ fd, events: 1, revents: 0 }], 1000)
    p.sys.close(fd)
  },
  // The server has to end it: the client waits.
  async (p, fd, buffer) => {
    await p.write(fd, buffer, 0, 1)
    for (let got = 1; typeof got === 'number' && got > 0;) got = await p.read(fd, buffer, 0, 4000)
    p.sys.close(fd)
  },
]

async function serveOne(p, fd, api) {
  // A reset that is lost leaves nobody to speak: only keep-alive finds out.
  p.sys.setsockopt(fd, api.SOL_SOCKET, api.SO_KEEPALIVE, ONE)
  p.sys.setsockopt(fd, api.SOL_TCP, api.TCP_KEEPIDLE, TEN)
  const buffer = new Uint8Array(4096)
  const got = await p.read(fd, buffer, 0, 4096)
  if (typeof got === 'number' && got > 0) await p.write(fd, buffer, 0, 2000)
  if (got === 1) p.sys.shutdown(fd, api.SHUT_WR)
  for (let more = got; typeof more === 'number' && more > 0;) more = await p.read(fd, buffer, 0, 4096)
  p.sys.close(fd)
}

function serve(host, port, api, tally) {
  const p = host.spawn(`server-${port}`)
  const listener = must(p.sys.socket(api.AF_INET, api.SOCK_STREAM, 0), 'socket')
  must(p.sys.bind(listener, { family: 'AF_INET', address: api.parseIp('0.0.0.0'), port }), 'bind')
  must(p.sys.listen(listener, 64), 'listen')
  const loop = async () => {
    for (;;) {
      const fd = await p.accept(listener)
      if (typeof fd === 'string') return
      tally.accepted++
      void serveOne(p, fd, api)
    }
  }
  void loop()
  return () => { p.exit() }
}

async function connectOne(p, index, api, tally) {
  const fd = must(p.sys.socket(api.AF_INET, api.SOCK_STREAM, 0), 'socket')
  const to = { family: 'AF_INET', address: api.parseIp('10.0.0.2'), port: 8000 + index % SERVER_PORTS }
  if (index % 50 === 49) {
    // Given up while the handshake is under way.
    p.sys.fcntl(fd, api.F_SETFL, api.O_NONBLOCK)
    p.sys.connect(fd, to)
    await p.sleep(index % 5)
    p.sys.close(fd)
    tally.givenUp++
    return
  }
  const wrong = await p.connect(fd, to)
  if (wrong !== 0) {
    tally.failed++
    p.sys.close(fd)
    return
  }
  tally.connected++
  await WAYS[index % WAYS.length](p, fd, new Uint8Array(5000), api)
}

function remains(host) {
  const { socks, connections, timeWaits, orphans, ports, dirty } = host.tcp.census()
  const { timers } = host.namespace
  return { socks, connections, timeWaits, orphans, ports, dirty, timers: timers.allocatedCount, armed: timers.armedCount }
}

/** Runs `count` connections, then until nothing is under way; answers what both hosts and the packet memory still hold. */
export async function connectionStorm(api, { count, seed = 1, loss = '2%' }) {
  const world = new api.World({ seed, hashes: false })
  const a = world.host('a')
  const b = world.host('b')
  world.cable(a, b, { medium: 'ip', impair: `delay 2ms 1ms loss ${loss} duplicate 0.5%`, addresses: ['10.0.0.1/24', '10.0.0.2/24'] })
  const before = [a, b].map(remains)
  const tally = { accepted: 0, connected: 0, failed: 0, givenUp: 0 }
  const stops = Array.from({ length: SERVER_PORTS }, (_, i) => serve(b, 8000 + i, api, tally))
  const client = a.spawn('client')
  let next = 0
  const worker = async () => {
    while (next < count) await connectOne(client, next++, api, tally)
  }
  await world.runUntilDone(Promise.all(Array.from({ length: Math.min(AT_ONCE, count) }, worker)))
  const busyMs = world.now() / 1000
  // Retransmissions of orphans, keep-alives, FIN-WAIT-2 and TIME-WAIT run out; then the listeners go.
  await world.runFor(300_000)
  const waiting = remains(b)
  for (const stop of stops) stop()
  await world.runFor(60_000)
  const dropped = [a, b].reduce((sum, host) => sum + (host.namespace.drops.get('impair-loss') ?? 0), 0)
  const left = { waiting, before, after: [a, b].map(remains), packets: world.memory.inUse, busyMs, dropped, tally }
  world.close()
  return { ...left, leaks: world.memory.leakReport() }
}
