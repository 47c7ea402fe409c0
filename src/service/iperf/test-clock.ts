// What happens by the clock during a test: the seconds that are not to count, the rows of every interval, and how much
// processor time it all took.

import type { IperfMachine } from './protocol.ts'
import type { IntervalRow, TestReport } from './report.ts'
import type { IperfStream, TestRun } from './stream.ts'

/** iperf3 leaves out a last interval shorter than a tenth of the usual one. */
const LEAST_SHARE_OF_INTERVAL = 0.1

export class CpuMeter {
  private readonly machine: IperfMachine
  private readonly startedAt: number
  private readonly before: { readonly user: number, readonly system: number }

  constructor(machine: IperfMachine) {
    this.machine = machine
    this.startedAt = machine.now()
    this.before = machine.cpuSeconds?.() ?? { user: 0, system: 0 }
  }

  percentages(): { cpu_util_total: number, cpu_util_user: number, cpu_util_system: number } {
    const now = this.machine.cpuSeconds?.() ?? this.before
    const seconds = Math.max(1e-6, (this.machine.now() - this.startedAt) / 1e6)
    const user = (now.user - this.before.user) / seconds * 100
    const system = (now.system - this.before.system) / seconds * 100
    return { cpu_util_total: user + system, cpu_util_user: user, cpu_util_system: system }
  }
}

/** -O: after so many seconds everything is counted from zero. */
export async function omitFirstSeconds(
  machine: IperfMachine, run: TestRun, streams: readonly IperfStream[], seconds: number,
): Promise<void> {
  if (seconds <= 0) return
  await machine.process.sleep(seconds * 1000)
  if (run.done) return
  for (const stream of streams) stream.forgetOmitted(machine)
  run.bytesSent = 0
  run.bytesReceived = 0
  run.startedAt = machine.now()
}

class IntervalMeter {
  private readonly stream: IperfStream
  private bytes = 0
  private packets = 0
  private errors = 0
  private retransmits = 0

  constructor(stream: IperfStream) {
    this.stream = stream
  }

  row(machine: IperfMachine, run: TestRun, start: number, end: number): IntervalRow {
    const { stream } = this
    const info = run.isUdp ? undefined : stream.tcpInfo(machine)
    const retransmits = stream.isSender && info !== undefined ? stream.retransmits(machine) : 0
    const row: IntervalRow = {
      stream, start, end,
      bytes: Math.max(0, stream.bytes - this.bytes),
      retransmits: Math.max(0, retransmits - this.retransmits),
      cwndBytes: (info?.cwndSegs ?? 0) * (info?.sendMss ?? 0),
      rttUs: info?.rttUs ?? 0,
      rttVarUs: info?.rttVarUs ?? 0,
      packets: stream.packets - this.packets,
      lost: stream.errors - this.errors,
      jitterMs: stream.jitterUs / 1000,
    }
    this.bytes = stream.bytes
    this.packets = stream.packets
    this.errors = stream.errors
    this.retransmits = retransmits
    return row
  }
}

/** Reports every interval until the test is done, and what is left at the end of it. */
export async function reportIntervals(
  machine: IperfMachine, run: TestRun, streams: readonly IperfStream[], report: TestReport | undefined, intervalSec: number,
): Promise<void> {
  if (report === undefined || intervalSec <= 0) return
  const meters = streams.map(stream => new IntervalMeter(stream))
  let { startedAt } = run
  let from = 0
  const rows = (): void => {
    if (run.startedAt !== startedAt) {
      ({ startedAt } = run)
      from = 0
    }
    const to = (machine.now() - startedAt) / 1e6
    if (to - from < LEAST_SHARE_OF_INTERVAL * intervalSec) return
    report.interval(run, meters.map(meter => meter.row(machine, run, from, to)))
    from = to
  }
  report.onLastInterval = rows
  while (!run.done) {
    const dueUs = startedAt + (from + intervalSec) * 1e6
    await machine.process.sleep(Math.max(1, Math.min(intervalSec * 1000, (dueUs - machine.now()) / 1000)))
    if (!run.done) rows()
  }
}
