// The iperf3 server: one test at a time, everybody else is told ACCESS_DENIED meanwhile. The listening socket takes both
// the control connection and the data streams of the test that runs; the cookie tells whose stream it is.

import { SHUT_RDWR, SOCK_DGRAM, SOCK_STREAM } from '../../base/posix.ts'
import type { AddressHolder } from '../../kernel/syscalls.ts'
import { acceptUdpStream, applyParameters, openListener } from './connect-streams.ts'
import {
  ACCESS_DENIED, CLIENT_TERMINATE, ControlChannel, COOKIE_BYTES, CREATE_STREAMS, DISPLAY_RESULTS, EXCHANGE_RESULTS, IPERF_DONE, IPERF_PORT,
  IperfFailure, isSameCookie, PARAM_EXCHANGE, readParameters, readResults, receiveAll, TEST_END, TEST_RUNNING, TEST_START,
} from './protocol.ts'
import type { IperfMachine, Parameters, Results } from './protocol.ts'
import type { TestReport } from './report.ts'
import { createRun, IperfStream, runStream, streamId } from './stream.ts'
import type { TestRun } from './stream.ts'
import { CpuMeter, omitFirstSeconds, reportIntervals } from './test-clock.ts'

export interface ServerOptions {
  readonly port?: number
  /** -1: end after one test. */
  readonly oneTest?: boolean
  /** Makes the report of one test. */
  readonly report?: (() => TestReport) | undefined
  readonly intervalSec?: number
  /** Called when clients can connect. */
  readonly onReady?: (port: number) => void
}

class ServerTest {
  readonly control: ControlChannel
  readonly cookie: Uint8Array
  private readonly machine: IperfMachine
  private readonly options: ServerOptions
  private readonly report: TestReport | undefined
  private readonly streams: IperfStream[] = []
  private run: TestRun | undefined = undefined
  private tasks: Promise<void>[] = []
  private wanted = 0
  private parameters: Parameters = {}
  private onStream: () => void = () => { /* nobody waits yet */ }
  /** Between the parameters and the end the client says nothing unless it gives up. */
  private nextState: Promise<number | IperfFailure> = Promise.resolve(0)

  constructor(machine: IperfMachine, options: ServerOptions, fd: number, cookie: Uint8Array) {
    this.machine = machine
    this.options = options
    this.report = options.report?.()
    this.control = new ControlChannel(machine.process, fd)
    this.cookie = cookie
  }

  get isTakingStreams(): boolean { return this.wanted > this.streams.length && this.parameters.udp !== true }

  /** A connection that came with this test's cookie. */
  takeStream(fd: number): void {
    applyParameters(this.machine.process.sys, fd, this.parameters)
    this.addStream(fd)
  }

  private addStream(fd: number): void {
    const index = this.streams.length
    const parallel = this.parameters.parallel ?? 1
    const isSender = this.parameters.bidirectional === true ? index >= parallel : this.parameters.reverse === true
    const stream = new IperfStream(streamId(index), fd, isSender)
    this.streams.push(stream)
    this.report?.connected(this.machine, stream)
    this.onStream()
  }

  async perform(): Promise<0 | IperfFailure> {
    try {
      return await this.steps()
    } finally {
      await this.stopStreams()
      this.machine.process.sys.close(this.control.fd)
    }
  }

  private async steps(): Promise<0 | IperfFailure> {
    const failed = await this.prepare()
    if (failed instanceof IperfFailure) return failed
    const cpu = new CpuMeter(this.machine)
    const run = createRun(this.parameters, this.machine.now())
    this.run = run
    this.report?.begin(this.machine, run, this.parameters)
    this.tasks = this.streams.map(stream => runStream(this.machine, run, stream))
    void omitFirstSeconds(this.machine, run, this.streams, this.parameters.omit ?? 0)
    void reportIntervals(this.machine, run, this.streams, this.report, this.options.intervalSec ?? 1)
    const state = await this.nextState
    const seconds = (this.machine.now() - run.startedAt) / 1e6
    run.done = true
    if (state instanceof IperfFailure) return state
    if (state === CLIENT_TERMINATE) return new IperfFailure('the client has terminated')
    if (state !== TEST_END) return new IperfFailure(`the client sent state ${state} during the test`)
    return this.exchangeResults(run, cpu, seconds)
  }

  /** Parameters, then every stream, then the start. */
  private async prepare(): Promise<0 | IperfFailure> {
    const asked = await this.control.sendState(PARAM_EXCHANGE)
    if (asked !== 0) return asked
    const record = await this.control.receiveJson()
    if (record instanceof IperfFailure) return record
    this.parameters = readParameters(record)
    this.wanted = (this.parameters.parallel ?? 1) * (this.parameters.bidirectional === true ? 2 : 1)
    this.nextState = this.control.receiveState()
    const gaveUp = this.nextState.then(state => (state instanceof IperfFailure ? state : new IperfFailure('the client gave up')))
    const created = await Promise.race([this.parameters.udp === true ? this.takeUdpStreams() : this.takeTcpStreams(), gaveUp])
    if (created !== 0) return created
    const started = await this.control.sendState(TEST_START)
    return started === 0 ? this.control.sendState(TEST_RUNNING) : started
  }

  private async takeTcpStreams(): Promise<0 | IperfFailure> {
    const complete = new Promise<void>(resolve => {
      this.onStream = () => { if (this.streams.length === this.wanted) resolve() }
    })
    const told = await this.control.sendState(CREATE_STREAMS)
    if (told === 0) await complete
    return told
  }

  private async takeUdpStreams(): Promise<0 | IperfFailure> {
    const { process } = this.machine
    const port = this.options.port ?? IPERF_PORT
    let listener = openListener(process.sys, SOCK_DGRAM, port)
    if (listener instanceof IperfFailure) return listener
    const told = await this.control.sendState(CREATE_STREAMS)
    if (told !== 0) return told
    for (let i = 0; i < this.wanted; i++) {
      const next: number | undefined | IperfFailure = await acceptUdpStream(process, listener, port, this.parameters, i === this.wanted - 1)
      if (next instanceof IperfFailure) return next
      this.addStream(listener)
      listener = next ?? -1
    }
    return 0
  }

  private async exchangeResults(run: TestRun, cpu: CpuMeter, seconds: number): Promise<0 | IperfFailure> {
    const streams = [...this.streams]
    const isSender = streams.some(stream => stream.isSender)
    this.report?.lastInterval()
    const mine: Results = {
      ...cpu.percentages(),
      sender_has_retransmits: isSender && !run.isUdp ? 1 : -1,
      streams: streams.map(stream => stream.result(this.machine, run.isUdp, seconds)),
    }
    await this.stopStreams()
    const told = await this.control.sendState(EXCHANGE_RESULTS)
    if (told !== 0) return told
    const theirs = await this.control.receiveJson()
    if (theirs instanceof IperfFailure) return theirs
    const sent = await this.control.sendJson(mine)
    if (sent !== 0) return sent
    const shown = await this.control.sendState(DISPLAY_RESULTS)
    if (shown !== 0) return shown
    this.report?.end(run, streams, mine, readResults(theirs))
    const last = await this.control.receiveState()
    return last === IPERF_DONE || last instanceof IperfFailure ? 0 : new IperfFailure(`the client sent state ${last} at the end`)
  }

  private async stopStreams(): Promise<void> {
    const { sys } = this.machine.process
    this.wanted = 0
    if (this.run !== undefined) {
      this.run.done = true
      this.run.closed = true
    }
    for (const stream of this.streams) sys.shutdown(stream.fd, SHUT_RDWR)
    await Promise.all(this.tasks)
    for (const stream of this.streams.splice(0)) sys.close(stream.fd)
    this.tasks = []
  }
}

/** Serves until the process ends, or one test with `oneTest`. Answers what stopped it. */
export async function serveIperf(machine: IperfMachine, options: ServerOptions = {}): Promise<0 | IperfFailure> {
  const { process } = machine
  const port = options.port ?? IPERF_PORT
  const listener = openListener(process.sys, SOCK_STREAM, port)
  if (listener instanceof IperfFailure) return listener
  options.onReady?.(port)
  let test: ServerTest | undefined
  let finish: (result: 0 | IperfFailure) => void = () => { /* replaced below */ }
  const finished = new Promise<0 | IperfFailure>(resolve => { finish = resolve })

  /** A cookie may come late or never: nobody else waits for it. */
  const welcome = async (fd: number): Promise<void> => {
    if (test !== undefined && !test.isTakingStreams) {
      process.sys.send(fd, Uint8Array.of(ACCESS_DENIED & 0xff), 0, 1, 0)
      process.sys.close(fd)
      return
    }
    const cookie = new Uint8Array(COOKIE_BYTES)
    const got = await receiveAll(process, fd, cookie)
    if (got !== 0) {
      process.sys.close(fd)
    } else if (test === undefined) {
      test = new ServerTest(machine, options, fd, cookie)
      const result = await test.perform()
      test = undefined
      if (options.oneTest === true) finish(result)
    } else if (test.isTakingStreams && isSameCookie(test.cookie, cookie)) {
      test.takeStream(fd)
    } else {
      process.sys.send(fd, Uint8Array.of(ACCESS_DENIED & 0xff), 0, 1, 0)
      process.sys.close(fd)
    }
  }

  const acceptAll = async (): Promise<0 | IperfFailure> => {
    for (;;) {
      const peer: AddressHolder = { address: undefined }
      const fd = await process.accept(listener, peer)
      // A connection that was reset before it could be taken is nobody's failure (accept(2)).
      if (fd === 'ECONNABORTED') continue
      if (typeof fd === 'string') return new IperfFailure('cannot accept', fd)
      void welcome(fd)
    }
  }
  const result = await Promise.race([finished, acceptAll()])
  process.sys.close(listener)
  return result
}
