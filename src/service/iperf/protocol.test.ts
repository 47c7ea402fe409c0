import { describe, expect, it } from 'vitest'
import { encodeJson, isSameCookie, makeCookie, readParameters, readResults } from './protocol.ts'
import type { IperfMachine } from './protocol.ts'
import { createRun, IperfStream, readDatagram, stampDatagram, streamId } from './stream.ts'
import { describeBytes, describeRate } from './report.ts'

describe('what iperf3 puts on the wire', () => {
  it('a JSON text has its length in front, in network order, and is ASCII whatever was in it', () => {
    const bytes = encodeJson({ title: 'é' })
    expect([...bytes.subarray(0, 4)]).toEqual([0, 0, 0, bytes.length - 4])
    expect(String.fromCharCode(...bytes.subarray(4))).toBe('{"title":"\\u00e9"}')
  })

  it('a cookie is 36 characters of base 32 and a NUL', () => {
    let next = 0
    const machine = { random: (below: number) => { next++; return next % below } } as unknown as IperfMachine
    const cookie = makeCookie(machine)
    expect(String.fromCharCode(...cookie)).toMatch(/^[a-z2-7]{36}\0$/)
    expect(isSameCookie(cookie, Uint8Array.from(cookie))).toBe(true)
    expect(isSameCookie(cookie, makeCookie(machine))).toBe(false)
  })

  it('parameters of an iperf3 3.12 client are understood, what it leaves out takes the defaults', () => {
    const parameters = readParameters({
      tcp: true, omit: 0, time: 4, num: 0, blockcount: 0, parallel: 2, reverse: true, len: 131072, pacing_timer: 1000, client_version: '3.12',
    })
    expect(parameters).toMatchObject({ tcp: true, time: 4, parallel: 2, reverse: true, len: 131072, bandwidth: 0 })
    expect(readParameters({ udp: true })).toMatchObject({ udp: true, parallel: 1, bandwidth: 1048576, time: 10 })
  })

  it('results without the fields of newer versions still count', () => {
    const results = readResults({ cpu_util_total: 1, sender_has_retransmits: 1, streams: [{ id: 1, bytes: 5 }] })
    expect(results.sender_has_retransmits).toBe(1)
    expect(results.streams[0]).toMatchObject({ id: 1, bytes: 5, retransmits: -1, omitted_packets: 0 })
  })

  it('streams are numbered 1, 3, 4, 5', () => {
    expect([0, 1, 2, 3].map(streamId)).toEqual([1, 3, 4, 5])
  })

  it('a datagram carries its time and number, in 32 or 64 bits', () => {
    const block = new Uint8Array(16)
    stampDatagram(block, 12_345_678, 7, false)
    expect([...block.subarray(0, 12)]).toEqual([0, 0, 0, 12, 0, 5, 70, 78, 0, 0, 0, 7])
    stampDatagram(block, 12_345_678, 2 ** 32 + 9, true)
    expect(readDatagram(block, true)).toEqual({ sentUs: 12_345_678, number: 2 ** 32 + 9 })
  })
})

describe('what a receiver counts', () => {
  it('a gap is a loss until the missing datagram comes late', () => {
    const stream = new IperfStream(1, 3, false)
    for (const number of [1, 2, 5, 3]) stream.noteDatagram(number, number * 1000, number * 1000 + 50)
    expect(stream).toMatchObject({ packets: 5, errors: 1, outOfOrder: 1, jitterUs: 0 })
  })

  it('jitter is a sixteenth of each change of the transit time (RFC 3550 6.4.1)', () => {
    const stream = new IperfStream(1, 3, false)
    stream.noteDatagram(1, 0, 100)
    stream.noteDatagram(2, 1000, 1260)
    expect(stream.jitterUs).toBe(10)
  })
})

it('figures read as iperf3 prints them', () => {
  expect(describeBytes(1_234_567_890)).toBe('1.15 GBytes')
  expect(describeRate(16_040_000_000)).toBe('16.0 Gbits/sec')
  expect(describeBytes(0)).toBe('0.00 Bytes')
  expect(createRun({ udp: true, len: 100, bandwidth: 5 }, 3)).toMatchObject({ isUdp: true, blockBytes: 100, bitsPerSec: 5, startedAt: 3 })
})
