// `sockeye tcpdump`: the frames of a running instance, or with --tap or --tun of a host of its own; as lines, or as a
// pcapng file in which super-segments are cut and checksums complete.

import { Command } from 'commander'
import { closeSync, openSync } from 'node:fs'
import type { Direction, FrameObserver } from '../src/entry/main.ts'
import { describeFrame, SequenceBases } from '../src/entry/wire.ts'
import { converse, dial } from './control-client.ts'
import { Failure, usage } from './failure.ts'
import { frameFilter } from './frame-filter.ts'
import { writeAll } from './output.ts'
import { addStackOptions } from './stack-options.ts'
import type { StackOptionTexts } from './stack-options.ts'
import { runOnStack } from './stack.ts'

const WHOLE_FRAME = 262_144

interface TcpdumpOptions extends StackOptionTexts {
  readonly write?: string
  readonly count?: string
  readonly snapshotLength?: string
  readonly instance?: string
}

/** A frame as the control socket tells of it; `frame` is base64, cut after what a line shows. */
export interface FrameRecord {
  readonly at: number
  readonly device: string
  readonly direction: Direction
  readonly drop?: string
  readonly length: number
  readonly medium: 'ethernet' | 'ip' | 'loopback'
  readonly frame: string
}

/** Prints lines, sequence numbers relative to each connection's first. */
class Lines {
  private readonly bases = new SequenceBases()

  show(record: Omit<FrameRecord, 'frame'>, bytes: Uint8Array, at: number, length: number): void {
    const arrow = record.direction === 'in' ? 'In ' : 'Out'
    const drop = record.drop === undefined ? '' : ` (dropped: ${record.drop})`
    const text = describeFrame(bytes, at, length, { medium: record.medium, bases: this.bases })
    console.log(`${clockTime(record.at)} ${record.device} ${arrow} ${text}${drop}`)
  }
}

/** Local time of day, as tcpdump. */
function clockTime(us: number): string {
  const date = new Date(us / 1000)
  const parts = [date.getHours(), date.getMinutes(), date.getSeconds()].map(each => String(each).padStart(2, '0'))
  return `${parts.join(':')}.${String(Math.floor(us % 1_000_000)).padStart(6, '0')}`
}

function limit(options: TcpdumpOptions): number {
  if (options.count === undefined) return Infinity
  if (!/^[1-9]\d*$/.test(options.count)) throw usage(`-c ${options.count}: must be a whole number from 1`)
  return Number(options.count)
}

/** tcpdump's default is the whole frame; 0 means that too. */
function snapLength({ snapshotLength = '0' }: TcpdumpOptions): number {
  if (!/^\d+$/.test(snapshotLength)) throw usage(`-s ${snapshotLength}: must be a whole number`)
  return Number(snapshotLength) === 0 ? WHOLE_FRAME : Number(snapshotLength)
}

/** Lines of an instance that runs. */
async function follow(options: TcpdumpOptions, filter: string): Promise<number> {
  frameFilter(filter, 'ethernet')
  const line = await dial(options.instance)
  stopAtSignals(() => { line.destroy() })
  let left = limit(options)
  const lines = new Lines()
  await converse(line, { call: 'frames', filter, snapLength: snapLength(options), ...options.count !== undefined && { count: limit(options) } }, answer => {
    const record = answer as FrameRecord & { error?: string }
    if (record.error !== undefined) throw new Failure(`frames: ${record.error}`, 1)
    const bytes = Buffer.from(record.frame, 'base64')
    lines.show(record, bytes, 0, bytes.length)
    left--
    return left > 0
  })
  return 0
}

function stopAtSignals(stop: () => void): void {
  process.once('SIGINT', stop).once('SIGTERM', stop)
}

/** The instance writes the capture itself; here it goes into the file. */
async function save(path: string, options: TcpdumpOptions, filter: string): Promise<number> {
  frameFilter(filter, 'ethernet')
  const line = await dial(options.instance)
  const fd = openOutput(path)
  stopAtSignals(() => { line.end() })
  line.write(`${JSON.stringify({ call: 'capture', filter })}\n`)
  for await (const bytes of line) writeAll(fd, bytes as Uint8Array)
  closeSync(fd)
  return 0
}

function openOutput(path: string): number {
  try {
    return path === '-' ? 1 : openSync(path, 'w')
  } catch (error) {
    throw new Failure(`-w ${path}: ${(error as NodeJS.ErrnoException).code ?? 'EIO'}: the file cannot be written`, 2)
  }
}

/** A host of our own, which shows what it sees. */
async function watch(options: TcpdumpOptions, filter: string): Promise<number> {
  if (options.write !== undefined && filter !== '') throw usage('-w with --tap or --tun writes every frame: give no expression')
  const texts = options.write === undefined ? options : { ...options, capture: options.write }
  return runOnStack(texts, async stack => {
    let left = limit(options)
    const lines = new Lines()
    const wants = frameFilter(filter, stack.device.medium === 'ethernet' ? 'ethernet' : 'ip')
    const { epochUs } = stack.clock
    const done = new Promise<void>(resolve => {
      const observer: FrameObserver = {
        frame: (at, _host, device, direction, bytes, offset, length, drop, originalLength) => {
          if (left <= 0 || !wants(bytes, offset, length, direction)) return
          const { medium } = stack.device
          const record = { at: at + epochUs, device, direction, medium, length: originalLength, ...drop !== undefined && { drop } }
          if (options.write === undefined) lines.show(record, bytes, offset, length)
          left--
          if (left === 0) resolve()
        },
      }
      stack.atClose(stack.trace.observe(observer))
    })
    console.error(`listening on ${stack.device.name}`)
    await Promise.race([stack.interrupted, done])
    return 0
  })
}

function tcpdump(expression: readonly string[], options: TcpdumpOptions): Promise<number> {
  const filter = expression.join(' ')
  if (options.tap !== undefined || options.tun !== undefined) return watch(options, filter)
  return options.write === undefined ? follow(options, filter) : save(options.write, options, filter)
}

export function tcpdumpCommand(): Command {
  return addStackOptions(new Command('tcpdump'))
    .description('frames of a running instance, or with --tap or --tun of a host of its own')
    .argument('[expression...]', 'which frames, in the words of pcap-filter: tcp port 80 and not host 198.18.0.1')
    .option('-w, --write <file>', 'as pcapng instead of lines')
    .option('-s, --snapshot-length <bytes>', 'of each frame, when an instance is asked for lines', '256')
    .option('-c, --count <count>', 'end after so many')
    .option('--instance <name>', 'which one, when several run: its --name or process number')
    .action(async (expression: string[], options: TcpdumpOptions) => { process.exitCode = await tcpdump(expression, options) })
}
