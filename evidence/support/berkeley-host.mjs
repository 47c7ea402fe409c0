// A host on a TAP device with the programs that evidence/kernel.mjs talks to: a fork server (one process a connection), a ping
// from a process without privilege, and an AF_PACKET capture of every frame. On SIGINT it writes what it saw and ends.
import { writeFileSync } from 'node:fs'
import {
  AF_INET, AF_PACKET, ETH_P_ALL, IPPROTO_ICMP, MacAddress, PacketMemory, Prefix, SOCK_DGRAM, SOCK_RAW, SOCK_STREAM, SOL_SOCKET,
  SO_RCVBUFFORCE, SO_REUSEADDR, Trace, createHost, parseIp,
} from '../../dist/src/entry/main.js'
import { RealClock, configureHostSide, cryptoRandomSource, loadLibc, openTap, wasmPlatform } from '../../dist/src/entry/node.js'

const [, , kernelSide, ourSide, output] = process.argv
const libc = await loadLibc()
const clock = new RealClock(libc, true)
const random = cryptoRandomSource()
const memory = new PacketMemory({ bytes: 256 << 20, platform: wasmPlatform })
const device = openTap({ name: 'sk0', kind: 'tap', memory, clock, libc, offload: false, address: MacAddress.of(0x0200, 0x5eed02) })
const host = createHost({ name: 'h', clock, random, memory, trace: new Trace() })
host.addDevice(device)
host.setSysctl('net.ipv4.ping_group_range', '0 100000')
host.ip.addAddress(device, Prefix.parse(`${ourSide}/24`), { noDad: true })

const watcher = host.spawn('watcher')
const tap = watcher.sys.socket(AF_PACKET, SOCK_RAW, ETH_P_ALL >> 8 | (ETH_P_ALL & 0xff) << 8)
watcher.sys.setsockopt(tap, SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)
watcher.sys.bind(tap, { family: 'AF_PACKET', protocol: ETH_P_ALL, interfaceIndex: device.index, hardwareType: 0, packetType: 0, address: undefined })
const frames = []
void (async () => {
  const room = new Uint8Array(65_536)
  for (;;) {
    const count = await watcher.recv(tap, room, 0, room.length, 0)
    if (typeof count === 'string') return
    frames.push(Buffer.from(room.subarray(0, count)).toString('hex'))
  }
})()
configureHostSide(libc, 'sk0', { addresses: [Prefix.parse(`${kernelSide}/24`)] })

const answer = new TextEncoder().encode('HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 6\r\nConnection: close\r\n\r\nhello\n')
const server = host.spawn('server')
let served = 0
const listener = server.sys.socket(AF_INET, SOCK_STREAM, 0)
server.sys.setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, 1)
server.sys.bind(listener, { family: 'AF_INET', address: parseIp('0.0.0.0'), port: 80 })
server.sys.listen(listener, 512)
void (async () => {
  for (;;) {
    const fd = await server.accept(listener)
    if (typeof fd === 'string') return
    server.fork(async child => {
      child.sys.close(listener)
      const room = new Uint8Array(4096)
      await child.read(fd, room)
      await child.sendall(fd, answer)
      child.sys.close(fd)
      served++
      return 0
    })
    server.sys.close(fd)
    // No zombies.
    while (Array.isArray(server.sys.waitpid(-1, 1)) && server.sys.waitpid(-1, 1)[0] > 0);
  }
})()

const pinger = host.spawn('ping', { uid: 1000, gid: 1000 })
const pings = []
async function ping(count) {
  const raw = pinger.sys.socket(AF_INET, SOCK_RAW, IPPROTO_ICMP)
  const fd = pinger.sys.socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP)
  pings.push(raw, typeof fd)
  for (let sequence = 1; sequence <= count; sequence++) {
    const request = Uint8Array.of(8, 0, 0, 0, 0, 0, 0, sequence, 1, 2, 3, 4, 5, 6, 7, 8)
    pinger.sys.sendto(fd, request, 0, request.length, 0, { family: 'AF_INET', address: parseIp(kernelSide), port: 0 })
    const room = new Uint8Array(100)
    const got = await pinger.recv(fd, room, 0, 100, 0)
    pings.push(got === request.length && room[0] === 0 && room[7] === sequence)
  }
}

process.on('SIGINT', () => {
  setTimeout(() => {
    writeFileSync(output, JSON.stringify({ frames, served, pings, processes: [...host.processes].length, inUse: memory.inUse }))
    process.exit(0)
  }, 200)
})
process.on('SIGUSR2', () => { void ping(5).then(() => { console.log('pinged') }) })
console.log('ready')
