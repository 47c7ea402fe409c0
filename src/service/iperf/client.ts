// The iperf3 client: one test against a server. The server's states lead, the client's clock (or its count of bytes)
// ends the test.

import { SHUT_RDWR } from '../../base/posix.ts'
import type { IpAddress } from '../../base/address/ip.ts'
import { openTcpStream, openUdpStream, socketAddress } from './connect-streams.ts'
import {
  ACCESS_DENIED, ControlChannel, CREATE_STREAMS, DEFAULT_TCP_BLOCK_BYTES, DEFAULT_UDP_BITS_PER_SEC, DEFAULT_UDP_BLOCK_BYTES,
  DISPLAY_RESULTS, EXCHANGE_RESULTS, IPERF_DONE, IPERF_PORT, IPERF_VERSION, IperfFailure, makeCookie, PARAM_EXCHANGE, readResults,
  receiveAll, SERVER_ERROR, SERVER_TERMINATE, TEST_END, TEST_RUNNING, TEST_START,
} from './protocol.ts'
import type { IperfMachine, Parameters, Results } from './protocol.ts'
import type { TestReport } from './report.ts'
import { createRun, IperfStream, runStream, streamId } from './stream.ts'
import type { TestRun } from './stream.ts'
import { CpuMeter, omitFirstSeconds, reportIntervals } from './test-clock.ts'

const GLANCE_MS = 50

export interface ClientOptions {
  readonly host: IpAddress
  readonly port?: number
  readonly udp?: boolean
  readonly reverse?: boolean
  readonly bidirectional?: boolean
  readonly parallel?: number
  /** One of the three ends the test; 10 s when none is given. */
  readonly timeSec?: number
  readonly bytes?: number
  readonly blocks?: number
  readonly omitSec?: number
  /** Per stream. */
  readonly bitsPerSec?: number
  readonly blockBytes?: number
  readonly noDelay?: boolean
  readonly windowBytes?: number
  readonly mss?: number
  readonly congestion?: string
  readonly intervalSec?: number
  readonly report?: TestReport | undefined
}

export interface TestOutcome {
  readonly sentBytes: number
  readonly receivedBytes: number
  readonly seconds: number
  readonly bitsPerSec: number
  readonly retransmits: number
  readonly mine: Results
  readonly theirs: Results
}

function parametersOf(options: ClientOptions): Parameters {
  const udp = options.udp === true
  const isTimed = options.bytes === undefined && options.blocks === undefined
  return {
    ...(udp ? { udp: true } : { tcp: true }),
    omit: options.omitSec ?? 0,
    time: isTimed ? options.timeSec ?? 10 : 0,
    num: options.bytes ?? 0,
    blockcount: options.blocks ?? 0,
    parallel: options.parallel ?? 1,
    ...(options.reverse === true ? { reverse: true } : {}),
    ...(options.bidirectional === true ? { bidirectional: true } : {}),
    ...(options.windowBytes === undefined ? {} : { window: options.windowBytes }),
    ...(options.mss === undefined ? {} : { MSS: options.mss }),
    ...(options.noDelay === true ? { nodelay: true } : {}),
    ...(options.congestion === undefined ? {} : { congestion: options.congestion }),
    len: options.blockBytes ?? (udp ? DEFAULT_UDP_BLOCK_BYTES : DEFAULT_TCP_BLOCK_BYTES),
    bandwidth: options.bitsPerSec ?? (udp ? DEFAULT_UDP_BITS_PER_SEC : 0),
    ...(udp ? { udp_counters_64bit: 1 } : {}),
    pacing_timer: 1000,
    client_version: IPERF_VERSION,
  }
}

class ClientTest {
  private readonly machine: IperfMachine
  private readonly options: ClientOptions
  private readonly parameters: Parameters
  private readonly cookie: Uint8Array
  private readonly report: TestReport | undefined
  private readonly streams: IperfStream[] = []
  private tasks: Promise<void>[] = []
  private run: TestRun | undefined = undefined
  private cpu: CpuMeter
  private seconds = 0
  private outcome: TestOutcome | undefined = undefined

  constructor(machine: IperfMachine, options: ClientOptions) {
    this.machine = machine
    this.options = options
    this.report = options.report
    this.parameters = parametersOf(options)
    this.cookie = makeCookie(machine)
    this.cpu = new CpuMeter(machine)
  }

  async perform(): Promise<TestOutcome | IperfFailure> {
    const { process } = this.machine
    const { host, port = IPERF_PORT } = this.options
    const to = socketAddress(host, port)
    this.report?.connecting(host.toString(), port, String.fromCharCode(...this.cookie.subarray(0, -1)))
    const fd = await openTcpStream(process, to, this.cookie, {})
    if (fd instanceof IperfFailure) return fd
    const control = new ControlChannel(process, fd)
    try {
      return await this.follow(control)
    } finally {
      await this.stopStreams()
      process.sys.close(fd)
    }
  }

  /** Does what each state of the server asks for. */
  private async follow(control: ControlChannel): Promise<TestOutcome | IperfFailure> {
    for (;;) {
      const state = await control.receiveState()
      if (state instanceof IperfFailure) return state
      const failed = await this.obey(state, control)
      if (failed instanceof IperfFailure) return failed
      if (state === DISPLAY_RESULTS && this.outcome !== undefined) return this.outcome
    }
  }

  private async obey(state: number, control: ControlChannel): Promise<0 | IperfFailure> {
    switch (state) {
      case PARAM_EXCHANGE: return control.sendJson(this.parameters)
      case CREATE_STREAMS: return this.createStreams()
      case TEST_START: return this.start(control)
      case TEST_RUNNING: return 0
      case EXCHANGE_RESULTS: return this.exchange(control)
      case DISPLAY_RESULTS: return control.sendState(IPERF_DONE)
      case ACCESS_DENIED: return new IperfFailure('the server is busy running a test. try again later')
      case SERVER_TERMINATE: return new IperfFailure('the server has terminated')
      case SERVER_ERROR: return this.readServerError(control)
      default: return new IperfFailure(`the server sent state ${state}, which says nothing to a client`)
    }
  }

  private async readServerError(control: ControlChannel): Promise<IperfFailure> {
    const words = new Uint8Array(8)
    if (await receiveAll(this.machine.process, control.fd, words) !== 0) return new IperfFailure('the server reports an error')
    const word = (at: number): number => (words[at] << 24) | (words[at + 1] << 16) | (words[at + 2] << 8) | words[at + 3]
    return new IperfFailure(`the server reports its error ${word(0)}, errno ${word(4)}`)
  }

  private async createStreams(): Promise<0 | IperfFailure> {
    const to = socketAddress(this.options.host, this.options.port ?? IPERF_PORT)
    const parallel = this.parameters.parallel ?? 1
    const count = this.parameters.bidirectional === true ? parallel * 2 : parallel
    for (let i = 0; i < count; i++) {
      const fd = this.parameters.udp === true
        ? await openUdpStream(this.machine.process, to, this.parameters)
        : await openTcpStream(this.machine.process, to, this.cookie, this.parameters)
      if (fd instanceof IperfFailure) return fd
      const isSender = this.parameters.bidirectional === true ? i < parallel : this.parameters.reverse !== true
      const stream = new IperfStream(streamId(i), fd, isSender)
      this.streams.push(stream)
      this.report?.connected(this.machine, stream)
    }
    return 0
  }

  private start(control: ControlChannel): Promise<0 | IperfFailure> {
    const { machine } = this
    const run = createRun(this.parameters, machine.now())
    this.run = run
    this.cpu = new CpuMeter(machine)
    this.report?.begin(machine, run, this.parameters)
    this.tasks = this.streams.map(stream => runStream(machine, run, stream))
    void omitFirstSeconds(machine, run, this.streams, this.parameters.omit ?? 0)
    void reportIntervals(machine, run, this.streams, this.report, this.options.intervalSec ?? 1)
    void this.endInTime(run, control)
    return Promise.resolve(0)
  }

  /** The client decides when it is over and says so. */
  private async endInTime(run: TestRun, control: ControlChannel): Promise<void> {
    const { process } = this.machine
    const seconds = (this.parameters.time ?? 0) + (this.parameters.omit ?? 0)
    const begunAt = this.machine.now()
    if (seconds > 0) {
      await process.sleep(seconds * 1000)
    } else {
      const isSending = this.streams.some(stream => stream.isSender)
      const isOver = (): boolean => {
        const bytes = isSending ? run.bytesSent : run.bytesReceived
        const blocks = isSending ? run.blocksSent : Math.floor(run.bytesReceived / run.blockBytes)
        return (run.maxBytes > 0 && bytes >= run.maxBytes) || (run.maxBlocks > 0 && blocks >= run.maxBlocks)
      }
      if (isSending) await Promise.all(this.tasks)
      while (!run.done && !isOver() && this.streams.every(stream => stream.failure === undefined)) await process.sleep(GLANCE_MS)
    }
    if (run.done) return
    run.done = true
    this.seconds = (this.machine.now() - (run.startedAt > begunAt ? run.startedAt : begunAt)) / 1e6
    this.report?.lastInterval()
    await control.sendState(TEST_END)
  }

  private async exchange(control: ControlChannel): Promise<0 | IperfFailure> {
    const { run, machine } = this
    if (run === undefined) return new IperfFailure('the server asks for results before the test')
    run.done = true
    const streams = [...this.streams]
    const mine: Results = {
      ...this.cpu.percentages(),
      sender_has_retransmits: streams.some(stream => stream.isSender) && !run.isUdp ? 1 : -1,
      streams: streams.map(stream => stream.result(machine, run.isUdp, this.seconds)),
    }
    const sent = await control.sendJson(mine)
    if (sent !== 0) return sent
    const record = await control.receiveJson()
    if (record instanceof IperfFailure) return record
    const theirs = readResults(record)
    this.report?.end(run, streams, mine, theirs)
    this.outcome = outcomeOf(streams, mine, theirs, this.seconds)
    return 0
  }

  private async stopStreams(): Promise<void> {
    const { sys } = this.machine.process
    if (this.run !== undefined) {
      this.run.done = true
      this.run.closed = true
    }
    for (const stream of this.streams) sys.shutdown(stream.fd, SHUT_RDWR)
    await Promise.all(this.tasks)
    for (const stream of this.streams.splice(0)) sys.close(stream.fd)
  }
}

function outcomeOf(streams: readonly IperfStream[], mine: Results, theirs: Results, seconds: number): TestOutcome {
  let sentBytes = 0
  let receivedBytes = 0
  // The receiver's clock stops later: what was under way still arrives.
  let receivedIn = 0
  let retransmits = 0
  for (const [index, stream] of streams.entries()) {
    const ours = mine.streams[index]
    const remote = theirs.streams.find(each => each.id === stream.id)
    const [sender, receiver] = stream.isSender ? [ours, remote] : [remote, ours]
    sentBytes += sender?.bytes ?? 0
    receivedBytes += receiver?.bytes ?? 0
    receivedIn = Math.max(receivedIn, receiver?.end_time ?? seconds)
    retransmits += Math.max(0, sender?.retransmits ?? 0)
  }
  return { sentBytes, receivedBytes, seconds, bitsPerSec: receivedIn > 0 ? receivedBytes * 8 / receivedIn : 0, retransmits, mine, theirs }
}

export function runIperfClient(machine: IperfMachine, options: ClientOptions): Promise<TestOutcome | IperfFailure> {
  return new ClientTest(machine, options).perform()
}
