// One data stream of a test: the loops that send and receive, and what they count. A UDP datagram starts with the second
// and microsecond it left and its number from 1, so that the receiver sees jitter (RFC 3550 6.4.1), loss and disorder.

import type { Errno } from '../../base/errno.ts'
import { MSG_DONTWAIT, MSG_NOSIGNAL, POLLIN, POLLOUT } from '../../base/posix.ts'
import { readTcpInfo } from '../tcp-info.ts'
import type { TcpInfo } from '../tcp-info.ts'
import { DEFAULT_TCP_BLOCK_BYTES } from './protocol.ts'
import type { IperfMachine, Parameters, StreamResult } from './protocol.ts'

/** How often a stream that waits looks whether the test is over. */
const GLANCE_MS = 100
/** Datagrams sent at most before the stack gets a turn. */
const UDP_BURST = 64
const MAX_SLEEP_MS = 100

/** What all streams of one test share. */
export interface TestRun {
  readonly isUdp: boolean
  readonly blockBytes: number
  /** Per stream; 0 for as fast as it goes. */
  readonly bitsPerSec: number
  /** Senders stop after so many bytes or blocks of all streams together; 0 for no limit. */
  readonly maxBytes: number
  readonly maxBlocks: number
  readonly wideCounters: boolean
  startedAt: number
  done: boolean
  /** The descriptors are about to be closed: no stream may touch its own again. */
  closed: boolean
  bytesSent: number
  blocksSent: number
  bytesReceived: number
  blocksReceived: number
}

export function createRun(parameters: Parameters, startedAt: number): TestRun {
  return {
    isUdp: parameters.udp === true,
    blockBytes: parameters.len ?? DEFAULT_TCP_BLOCK_BYTES,
    bitsPerSec: parameters.bandwidth ?? 0,
    maxBytes: parameters.num ?? 0,
    maxBlocks: parameters.blockcount ?? 0,
    wideCounters: parameters.udp_counters_64bit === 1,
    startedAt,
    done: false,
    closed: false,
    bytesSent: 0,
    blocksSent: 0,
    bytesReceived: 0,
    blocksReceived: 0,
  }
}

/** The numbers iperf3 gives its streams: 1, 3, 4, 5 ... Results are matched by them. */
export function streamId(index: number): number { return index === 0 ? 1 : index + 2 }

export class IperfStream {
  readonly id: number
  readonly fd: number
  readonly isSender: boolean
  bytes = 0
  /** UDP: the highest number seen or sent, those missing, those late. */
  packets = 0
  errors = 0
  outOfOrder = 0
  jitterUs = 0
  failure: Errno | undefined = undefined
  private transitUs: number | undefined = undefined
  private retransmitsBefore = 0
  private omittedErrors = 0
  private omittedPackets = 0

  constructor(id: number, fd: number, isSender: boolean) {
    this.id = id
    this.fd = fd
    this.isSender = isSender
  }

  /** The first seconds are over that were not to count (-O). */
  forgetOmitted(machine: IperfMachine): void {
    this.retransmitsBefore += this.retransmits(machine)
    this.bytes = 0
    this.omittedErrors = this.errors
    this.omittedPackets = this.packets
    this.jitterUs = 0
  }

  tcpInfo(machine: IperfMachine): TcpInfo | undefined {
    const info = readTcpInfo(machine.process.sys, this.fd)
    return typeof info === 'string' ? undefined : info
  }

  retransmits(machine: IperfMachine): number { return (this.tcpInfo(machine)?.totalRetransmits ?? 0) - this.retransmitsBefore }

  result(machine: IperfMachine, isUdp: boolean, seconds: number): StreamResult {
    return {
      id: this.id,
      bytes: this.bytes,
      retransmits: this.isSender && !isUdp ? this.retransmits(machine) : -1,
      jitter: this.jitterUs / 1e6,
      errors: this.errors,
      omitted_errors: this.omittedErrors,
      packets: this.packets,
      omitted_packets: this.omittedPackets,
      start_time: 0,
      end_time: seconds,
    }
  }

  /** A datagram arrived. A late one was counted as lost before. */
  noteDatagram(number: number, sentUs: number, nowUs: number): void {
    if (number >= this.packets + 1) {
      this.errors += number - this.packets - 1
      this.packets = number
    } else {
      this.outOfOrder++
      if (this.errors > 0) this.errors--
    }
    const transit = nowUs - sentUs
    if (this.transitUs !== undefined) this.jitterUs += (Math.abs(transit - this.transitUs) - this.jitterUs) / 16
    this.transitUs = transit
  }
}

function hasSentAll(run: TestRun): boolean {
  return (run.maxBytes > 0 && run.bytesSent >= run.maxBytes) || (run.maxBlocks > 0 && run.blocksSent >= run.maxBlocks)
}

/** Milliseconds until the stream may send again at its rate. */
function waitMs(machine: IperfMachine, run: TestRun, sentBytes: number): number {
  if (run.bitsPerSec === 0) return 0
  const dueUs = run.startedAt + sentBytes * 8 / run.bitsPerSec * 1e6
  return Math.min(MAX_SLEEP_MS, (dueUs - machine.now()) / 1000)
}

function payload(bytes: number): Uint8Array {
  const block = new Uint8Array(bytes)
  for (let i = 0; i < bytes; i++) block[i] = 0x30 + i % 10
  return block
}

/** Sends or receives until the test is done or the connection ends. */
export function runStream(machine: IperfMachine, run: TestRun, stream: IperfStream): Promise<void> {
  if (stream.isSender) return run.isUdp ? sendDatagrams(machine, run, stream) : sendBytes(machine, run, stream)
  return run.isUdp ? receiveDatagrams(machine, run, stream) : receiveBytes(machine, run, stream)
}

async function sendBytes(machine: IperfMachine, run: TestRun, stream: IperfStream): Promise<void> {
  const { process } = machine
  const block = payload(run.blockBytes)
  const waiting = [{ fd: stream.fd, events: POLLOUT, revents: 0 }]
  let sentBytes = 0
  while (!run.done && !hasSentAll(run)) {
    const pause = waitMs(machine, run, sentBytes)
    if (pause > 0) {
      await process.sleep(Math.max(1, pause))
      continue
    }
    const wanted = run.maxBytes > 0 ? Math.min(block.length, run.maxBytes - run.bytesSent) : block.length
    const sent = process.sys.send(stream.fd, block, 0, wanted, MSG_DONTWAIT | MSG_NOSIGNAL)
    if (sent === 'EAGAIN') {
      await process.poll(waiting, GLANCE_MS)
    } else if (typeof sent === 'string') {
      stream.failure = sent
      return
    } else {
      sentBytes += sent
      stream.bytes += sent
      run.bytesSent += sent
      run.blocksSent++
    }
  }
}

/** After the end it still drains, so that the other side's last writes cannot hold up its control connection. */
async function receiveBytes(machine: IperfMachine, run: TestRun, stream: IperfStream): Promise<void> {
  const { process } = machine
  const block = new Uint8Array(Math.max(run.blockBytes, 1 << 17))
  const waiting = [{ fd: stream.fd, events: POLLIN, revents: 0 }]
  while (!run.closed) {
    const got = process.sys.recv(stream.fd, block, 0, block.length, MSG_DONTWAIT)
    if (got === 'EAGAIN') {
      await process.poll(waiting, GLANCE_MS)
    } else if (typeof got === 'string' || got === 0) {
      if (typeof got === 'string' && !run.done) stream.failure = got
      return
    } else if (!run.done) {
      stream.bytes += got
      run.bytesReceived += got
      run.blocksReceived++
    }
  }
}

function putWord(block: Uint8Array, at: number, value: number): void {
  block[at] = value >>> 24
  block[at + 1] = value >>> 16
  block[at + 2] = value >>> 8
  block[at + 3] = value
}

function wordAt(block: Uint8Array, at: number): number {
  return ((block[at] << 24) | (block[at + 1] << 16) | (block[at + 2] << 8) | block[at + 3]) >>> 0
}

export function stampDatagram(block: Uint8Array, nowUs: number, number: number, isWide: boolean): void {
  putWord(block, 0, Math.floor(nowUs / 1e6))
  putWord(block, 4, Math.floor(nowUs % 1e6))
  if (isWide) putWord(block, 8, Math.floor(number / 0x1_0000_0000))
  putWord(block, isWide ? 12 : 8, number % 0x1_0000_0000)
}

export function readDatagram(block: Uint8Array, isWide: boolean): { sentUs: number, number: number } {
  const sentUs = wordAt(block, 0) * 1e6 + wordAt(block, 4)
  return { sentUs, number: isWide ? wordAt(block, 8) * 0x1_0000_0000 + wordAt(block, 12) : wordAt(block, 8) }
}

async function sendDatagrams(machine: IperfMachine, run: TestRun, stream: IperfStream): Promise<void> {
  const { process } = machine
  const block = payload(Math.max(16, run.blockBytes))
  const waiting = [{ fd: stream.fd, events: POLLOUT, revents: 0 }]
  let sentBytes = 0
  let burst = 0
  let burstAt = machine.now()
  while (!run.done && !hasSentAll(run)) {
    const pause = waitMs(machine, run, sentBytes)
    if (pause > 0 || burst === UDP_BURST) {
      // A burst that took no time at all came from a virtual clock, which moves only while everybody sleeps.
      const isTimeless = machine.now() === burstAt
      await process.sleep(pause > 0 ? Math.max(1, pause) : isTimeless ? 1 : 0)
      burst = 0
      burstAt = machine.now()
      continue
    }
    stampDatagram(block, machine.now(), stream.packets + 1, run.wideCounters)
    const sent = process.sys.send(stream.fd, block, 0, block.length, MSG_DONTWAIT | MSG_NOSIGNAL)
    if (sent === 'EAGAIN' || sent === 'ENOBUFS') {
      await process.poll(waiting, GLANCE_MS)
      await process.sleep(sent === 'ENOBUFS' ? 1 : 0)
    } else if (typeof sent === 'string') {
      // The listener of a stream that ended a moment ago refuses with ICMP.
      if (sent !== 'ECONNREFUSED') stream.failure = sent
      return
    } else {
      burst++
      stream.packets++
      sentBytes += sent
      stream.bytes += sent
      run.bytesSent += sent
      run.blocksSent++
    }
  }
}

async function receiveDatagrams(machine: IperfMachine, run: TestRun, stream: IperfStream): Promise<void> {
  const { process } = machine
  const block = new Uint8Array(65536)
  const waiting = [{ fd: stream.fd, events: POLLIN, revents: 0 }]
  while (!run.done) {
    const got = process.sys.recv(stream.fd, block, 0, block.length, MSG_DONTWAIT)
    if (got === 'EAGAIN') {
      await process.poll(waiting, GLANCE_MS)
    } else if (typeof got === 'string') {
      if (got === 'ECONNREFUSED') continue
      stream.failure = got
      return
    } else if (got >= (run.wideCounters ? 16 : 12)) {
      const { sentUs, number } = readDatagram(block, run.wideCounters)
      stream.noteDatagram(number, sentUs, machine.now())
      stream.bytes += got
      run.bytesReceived += got
      run.blocksReceived++
    }
  }
}
