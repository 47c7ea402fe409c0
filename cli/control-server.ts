// How a running instance is looked into: an abstract Unix socket `sockeye/NAME` in its network namespace, one JSON record
// a line each way, open to the same user and root only. Asks are {"call", ...}, answers {"result"} or {"error"}; `frames`
// goes on answering until the line is closed, `capture` turns the line into a capture file.

import { createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import type { FrameObserver, Host } from '../src/entry/main.ts'
import { Capture, interfaceTable, socketTable } from '../src/entry/main.ts'
import { Failure } from './failure.ts'
import { frameFilter } from './frame-filter.ts'
import type { Stack } from './stack.ts'

export const CONTROL_PREFIX = 'sockeye/'
const MAX_LINE_CHARS = 65536
/** A reader that falls behind loses frames; the stack never waits for it. */
const MAX_UNREAD_BYTES = 16 << 20
/** Enough for every header a line tells of. */
const SHOWN_BYTES = 256

type Route = ReturnType<Host['ip']['routes']>[number]
type Neighbour = ReturnType<Host['ip']['neighbours']['list']>[number]

export interface Ask {
  readonly call: string
  readonly name?: string
  readonly value?: string
  /** Of frames and captures: which, in tcpdump's words, and how many. */
  readonly filter?: string
  readonly count?: number
  /** Bytes of each frame that are sent. */
  readonly snapLength?: number
}

export class ControlServer {
  private readonly stack: Stack
  private readonly server: Server
  private readonly lines = new Set<Socket>()

  private constructor(stack: Stack) {
    this.stack = stack
    this.server = createServer({ allowHalfOpen: true }, line => { this.connected(line) })
  }

  /** Throws Failure when another instance has the name. */
  static async start(stack: Stack): Promise<ControlServer> {
    const control = new ControlServer(stack)
    const name = stack.options.name ?? String(process.pid)
    await new Promise<void>((resolve, reject) => {
      control.server.once('error', (error: NodeJS.ErrnoException) => {
        reject(new Failure(`--name ${name}: ${error.code ?? 'EIO'}: another instance has this name`, 2))
      })
      control.server.listen(`\0${CONTROL_PREFIX}${name}`, resolve)
    })
    control.server.unref()
    return control
  }

  close(): void {
    this.server.close()
    for (const line of this.lines) line.destroy()
  }

  private connected(line: Socket): void {
    const { fd } = (line as unknown as { _handle: { fd: number } })._handle
    const user = this.stack.libc.peerUser(fd)
    if (user !== 0 && user !== process.getuid?.()) {
      line.destroy()
      return
    }
    this.lines.add(line)
    line.unref()
    line.on('close', () => { this.lines.delete(line) }).on('error', () => { line.destroy() })
    let text = ''
    line.setEncoding('utf8').on('data', (chunk: string) => {
      const asks = (text + chunk).split('\n')
      text = asks.pop() ?? ''
      if (text.length > MAX_LINE_CHARS) line.destroy()
      for (const ask of asks) this.asked(line, ask)
    })
  }

  private asked(line: Socket, text: string): void {
    const say = (record: object): void => { line.write(`${JSON.stringify(record)}\n`) }
    let ask: Ask
    try {
      ask = JSON.parse(text) as Ask
    } catch {
      say({ error: 'EINVAL', detail: 'that is no JSON' })
      return
    }
    try {
      if (ask.call === 'frames') this.frames(line, say, ask)
      else if (ask.call === 'capture') this.capture(line, ask)
      else say(this.answer(ask))
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      say({ error: 'EINVAL', detail: error.message })
    }
  }

  private answer(ask: Ask): object {
    const { host } = this.stack
    switch (ask.call) {
      case 'sockets': return { result: socketTable(host) }
      case 'counters': return { result: { mib: host.namespace.mib, drops: Object.fromEntries(host.namespace.drops) } }
      case 'interfaces': return { result: interfaceTable(host) }
      case 'addresses': return { result: host.ip.addresses().map(each => [each.device.name, each.prefix.toString()]) }
      case 'routes': return { result: host.ip.routes().map(describeRoute) }
      case 'neighbours': return { result: host.ip.neighbours.list().map(describeNeighbour) }
      case 'settings': return { result: host.namespace.sysctl.names().map(name => [name, host.namespace.sysctl.get(name)]) }
      case 'set': return this.set(ask.name ?? '', ask.value ?? '')
      default: return { error: 'ENOSYS', detail: `no such call: ${ask.call}` }
    }
  }

  private set(name: string, value: string): object {
    const errno = this.stack.host.namespace.sysctl.set(name, value)
    return errno === undefined ? { result: this.stack.host.namespace.sysctl.get(name) } : { error: errno, detail: name }
  }

  private frames(line: Socket, say: (record: object) => void, ask: Ask): void {
    const { epochUs } = this.stack.clock
    const { medium } = this.stack.device
    const wants = frameFilter(ask.filter ?? '', medium === 'ethernet' ? 'ethernet' : 'ip')
    let left = ask.count ?? Infinity
    const observer: FrameObserver = {
      frame: (at, _host, device, direction, bytes, offset, length, drop, originalLength) => {
        if (left <= 0 || line.writableLength > MAX_UNREAD_BYTES || !wants(bytes, offset, length, direction)) return
        left--
        const shown = bytes.subarray(offset, offset + Math.min(length, ask.snapLength ?? SHOWN_BYTES))
        say({ at: at + epochUs, device, direction, drop, length: originalLength, medium, frame: Buffer.from(shown).toString('base64') })
      },
    }
    line.on('close', this.stack.trace.observe(observer))
  }

  /** From here on the line carries a capture file. */
  private capture(line: Socket, ask: Ask): void {
    const { clock, device, trace } = this.stack
    const wants = frameFilter(ask.filter ?? '', device.medium === 'ethernet' ? 'ethernet' : 'ip')
    const capture = new Capture({
      wants,
      sink: bytes => { if (line.writableLength <= MAX_UNREAD_BYTES) line.write(bytes) },
      now: () => clock.now(),
      epochUs: clock.epochUs,
    })
    capture.attach(device)
    capture.observe(trace)
    line.on('end', () => {
      capture.close()
      line.end()
    })
    line.on('close', () => { capture.close() })
  }
}

function describeRoute(route: Route): string {
  const { destination, gateway, device, metric, source, type } = route
  const target = destination.length === 0 ? 'default' : destination.toString()
  return `${type === 'unicast' ? '' : `${type} `}${target}${gateway === undefined ? '' : ` via ${gateway.toString()}`}`
    + `${device === undefined ? '' : ` dev ${device.name}`}${source === undefined ? '' : ` src ${source.toString()}`}`
    + `${metric === 0 ? '' : ` metric ${metric}`}`
}

function describeNeighbour(entry: Neighbour): string {
  const isKnown = entry.state !== 'incomplete' && entry.state !== 'failed' && entry.state !== 'none'
  return `${entry.address.toString()} dev ${entry.device.name}${isKnown ? ` lladdr ${entry.mac.toString()}` : ''} ${entry.state.toUpperCase()}`
}
