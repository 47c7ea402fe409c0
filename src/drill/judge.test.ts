// The judge on a stack of a few lines that answers as told: what it must notice, and what it must not mind.

import { describe, expect, it } from 'vitest'
import { IpAddress } from '../base/address/ip.ts'
import { getU16, getU32Unsigned } from '../base/bytes.ts'
import type { Instant } from '../base/time.ts'
import type { Sys } from '../kernel/syscalls.ts'
import { VirtualClock } from '../sim/virtual-clock.ts'
import { PacketMemory } from '../wire/packet-memory.ts'
import type { Packet } from '../wire/packet.ts'
import type { Bench, BenchMaker } from './bench.ts'
import { DrillDevice } from './device.ts'
import { encodeOptions } from './packet/tcp-options.ts'
import { tcpPacket } from './packet/image.ts'
import type { Finding } from './report.ts'
import { runSource } from './run.ts'
import type { Mode } from './settings.ts'
import { runMutants } from './suite.ts'

const ISN = 4_000_000_000

interface Answer { flags: number, seq: number, ack: number, payload?: number, options?: Uint8Array, afterUs?: number, window?: number }

/** Answers injected segment number n with `answers[n]`, the nth write with `writes[n]`. */
function stack(answers: readonly (readonly Answer[])[], writes: readonly (readonly Answer[])[] = [], calls: Partial<Sys> = {}): BenchMaker {
  return (settings) => {
    const clock = new VirtualClock(1_000_000 as Instant)
    const memory = new PacketMemory({ bytes: 4 << 20 })
    const device = new DrillDevice('tun0', settings.mtu, clock, memory)
    let peerPort = 0
    let arrived = 0
    let written = 0
    const emit = (list: readonly Answer[] = []): void => {
      for (const { flags, seq, ack, payload = 0, options = new Uint8Array(0), afterUs = 0, window = 100 } of list) {
        const bytes = tcpPacket({ source: settings.local, destination: settings.remote, trafficClass: 0, hopLimit: 64, flowLabel: 0 }, {
          sourcePort: 8080, destinationPort: peerPort, flags, seq: (ISN + seq) >>> 0, ack, window, urgent: 0, options,
        }, payload)
        clock.at(clock.now() + afterUs as Instant, () => {
          const packet = memory.allocate(bytes.length) as Packet
          packet.putBytes(bytes)
          device.send(packet)
        })
      }
    }
    device.receiver = {
      receive: (packet) => {
        const at = packet.start + 20
        peerPort = getU16(packet.u8, at)
        seen.push(getU32Unsigned(packet.u8, at + 8))
        packet.release()
        emit(answers[arrived++])
      },
      endBatch: () => { /* answered at once */ },
    }
    const sys = {
      socket: () => 70, bind: () => 0, listen: () => 0, setsockopt: () => 0, close: () => 0, accept: () => 71, fcntl: () => 2,
      getpeername: () => ({ family: 'AF_INET', address: IpAddress.ANY4, port: peerPort }),
      write: (_fd: number, _buffer: Uint8Array, _offset: number, length: number) => { emit(writes[written++]); return length },
      ...calls,
    } as unknown as Sys
    const bench: Partial<Bench> = { clock, device, sys, sleeping: {} as Bench['sleeping'], close: () => 0 }
    return bench as Bench
  }
}

const seen: number[] = []
const OPTIONS = encodeOptions([{ kind: 'mss', value: 1460 }, { kind: 'nop' }, { kind: 'nop' }, { kind: 'sackOK' }])
const SYN_ACK: Answer = { flags: 0x12, seq: 0, ack: 1, options: OPTIONS, window: 65535 }
const HANDSHAKE = `0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+0 < S 0:0(0) win 1000 <mss 1000,sackOK,nop,nop>
+0 > S. 0:0(0) ack 1 <mss 1460,nop,nop,sackOK>
+.1 < . 1:1(0) ack 1 win 1000
+0 accept(3, ..., ...) = 4
`

function judge(script: string, maker: BenchMaker, mode: Mode = 'exact'): Promise<Finding> {
  return runSource({ name: 'test.pkt', text: script }, { family: 'ipv4', mode }, maker)
}

describe('the handshake', () => {
  it('passes with numbers mapped to what the stack chose', async () => {
    seen.length = 0
    expect(await judge(HANDSHAKE, stack([[SYN_ACK]]))).toMatchObject({ verdict: 'pass', reason: '' })
    expect(seen).toEqual([0, ISN + 1])
  })

  it('dies by every mutant, but for our own initial number', async () => {
    const report = await runMutants({ name: 'test.pkt', text: HANDSHAKE }, { family: 'ipv4' }, stack([[SYN_ACK]]))
    expect(report.survivors).toEqual([])
    expect(report.killed).toBe(12)
    expect(report.equivalent).toBe(1)
  })

  it('fails on a wrong ack, a missing packet, one too many, one too late', async () => {
    expect(await judge(HANDSHAKE, stack([[{ ...SYN_ACK, ack: 2 }]]))).toMatchObject({ verdict: 'fail', line: 5, reason: 'line 5: expected ack 1, saw 2' })
    expect((await judge(HANDSHAKE, stack([]))).reason).toMatch(/line 5: no packet/)
    const late = await judge(HANDSHAKE, stack([[{ ...SYN_ACK, afterUs: 4100 }]]))
    expect(late.reason).toMatch(/expected at 0.000040 s, left at 0.004130 s/)
    expect((await judge(HANDSHAKE, stack([[{ ...SYN_ACK, afterUs: 4000 }]]))).verdict).toBe('pass')
    const extra = await judge(`${HANDSHAKE}+0 write(4, ..., 10) = 10\n+0 > P. 1:11(10) ack 1`, stack([[SYN_ACK, SYN_ACK]], [[{ flags: 0x18, seq: 1, ack: 1, payload: 10 }]]))
    expect(extra.reason).toMatch(/expected flags P\., saw S\./)
    expect(extra.report.join('\n')).toMatch(/seen .*> S\. 0:0\(0\) ack 1/)
  })
})

describe('bursts', () => {
  const script = `${HANDSHAKE}+0 write(4, ..., 2500) = 2500\n+0 > P. 1:2501(2500) ack 1`
  const piece = (seq: number, payload: number, flags = 0x10): Answer => ({ flags, seq, ack: 1, payload })

  it('may leave whole or in equal pieces', async () => {
    expect((await judge(script, stack([[SYN_ACK]], [[piece(1, 2500, 0x18)]]))).verdict).toBe('pass')
    expect((await judge(script, stack([[SYN_ACK]], [[piece(1, 1000), piece(1001, 1000), piece(2001, 500, 0x18)]]))).verdict).toBe('pass')
  })

  it('fail without the flag of the whole, with unequal pieces, and unjoined if strict', async () => {
    expect((await judge(script, stack([[SYN_ACK]], [[piece(1, 1000), piece(1001, 1000), piece(2001, 500)]]))).reason).toMatch(/expected flags P\., saw \./)
    expect((await judge(script, stack([[SYN_ACK]], [[piece(1, 500), piece(501, 1000), piece(1501, 1000, 0x18)]]))).verdict).toBe('fail')
    expect((await judge(`--strict_segments\n${script}`, stack([[SYN_ACK]], [[piece(1, 1250), piece(1251, 1250, 0x18)]]))).verdict).toBe('fail')
  })
})

describe('calls', () => {
  it('must give what is written', async () => {
    const call = (text: string, calls: Partial<Sys>): Promise<Finding> => judge(`${HANDSHAKE}+0 ${text}`, stack([[SYN_ACK]], [], calls))
    expect((await call('write(4, ..., 10) = 11', {})).reason).toMatch(/write\(\) = 10, expected 11/)
    expect((await call('write(4, ..., 10) = -1 EPIPE (Broken pipe)', { write: () => 'EPIPE' })).verdict).toBe('pass')
    expect((await call('write(4, ..., 10) = -1 EPIPE', { write: () => 'ECONNRESET' })).reason).toMatch(/ECONNRESET.*expected -1 EPIPE/)
    expect((await call('write(4, ..., 10) = -1 EAGAIN', { write: () => 'EAGAIN' })).reason).toMatch(/would block/)
    expect((await call('close(9) = 0', {})).reason).toMatch(/nobody opened descriptor 9/)
  })

  it('nobody knows make the script not applicable', async () => {
    expect(await judge(`${HANDSHAKE}+0 sctp_bindx(3) = 0`, stack([[SYN_ACK]]))).toMatchObject({ verdict: 'na' })
    expect(await judge(`${HANDSHAKE}+0 \`reboot\``, stack([[SYN_ACK]]))).toMatchObject({ verdict: 'na' })
    expect(await judge(`--wire_client\n${HANDSHAKE}`, stack([[SYN_ACK]]))).toMatchObject({ verdict: 'na' })
    expect((await judge(`${HANDSHAKE}+0 > X 1:1(0)`, stack([[SYN_ACK]]))).reason).toMatch(/syntax/)
  })
})

describe('neutral judging', () => {
  it('leaves options, windows and pushes to the stack, and an ACK out if a later one covers it', async () => {
    const script = `${HANDSHAKE}+0 < . 1:101(100) ack 1 win 1000\n+0 > . 1:1(0) ack 101\n+0 write(4, ..., 10) = 10\n+0 > P. 1:11(10) ack 101 win 7`
    const data: Answer = { flags: 0x10, seq: 1, ack: 101, payload: 10 }
    const bare = stack([[{ ...SYN_ACK, options: encodeOptions([{ kind: 'mss', value: 1460 }]) }]], [[data]])
    expect(await judge(script, bare, 'neutral')).toMatchObject({ verdict: 'pass', mode: 'neutral' })
    expect((await judge(script, bare)).verdict).toBe('fail')
    const short = stack([[SYN_ACK]], [[{ ...data, ack: 100 }]])
    expect((await judge(script, short, 'neutral')).verdict).toBe('fail')
  })
})
