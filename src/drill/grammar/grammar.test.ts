import { describe, expect, it } from 'vitest'
import type { PacketAction, SyscallAction, TcpText } from '../ast.ts'
import { DrillSyntaxError } from '../ast.ts'
import { NotApplicable } from '../refusal.ts'
import { parseScript } from './script.ts'

function events(text: string, defines: Record<string, string> = {}) {
  return parseScript(`0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n${text}`, { defines: new Map(Object.entries(defines)) }).events.slice(1)
}

function tcp(text: string): TcpText {
  const { action } = events(`+0 ${text}`)[0]
  return (action as PacketAction).transport as TcpText
}

function refuses(text: string, line: number, message: RegExp): void {
  let caught: unknown
  try { events(text) } catch (error) { caught = error }
  expect(caught).toBeInstanceOf(DrillSyntaxError)
  expect((caught as DrillSyntaxError).line).toBe(line)
  expect((caught as DrillSyntaxError).message).toMatch(message)
}

describe('times', () => {
  it('are absolute, relative, ranges, any, or of a blocking call', () => {
    const read = events(`0.1 close(3) = 0
      +.01 close(3) = 0
      +.1~+.105 > . 1:1(0) ack 1
      0.2~0.25 > . 1:1(0) ack 1
      * > . 1:1(0) ack 1
      +0...0.3 read(3, ..., 10) = 10
      +0 ... .02 read(3, ..., 10) = 10`)
    expect(read.map(each => each.time)).toEqual([
      { kind: 'absolute', us: 100_000 }, { kind: 'relative', us: 10_000 }, { kind: 'relative-range', us: 100_000, endUs: 105_000 },
      { kind: 'absolute-range', us: 200_000, endUs: 250_000 }, { kind: 'any' }, { kind: 'relative', us: 0 }, { kind: 'relative', us: 0 },
    ])
    expect(read.slice(5).map(each => (each.action as SyscallAction).blockingEndUs)).toEqual([300_000, 20_000])
  })

  it('never go back, start at 0, and range only for outbound packets', () => {
    refuses('0.2 close(3) = 0\n0.1 close(3) = 0', 3, /must not go back/)
    refuses('* < . 1:1(0) ack 1 win 5', 2, /outbound/)
    refuses('+.1~.2 > . 1:1(0) ack 1', 2, /both ends/)
    expect(() => parseScript('0.1 close(3) = 0')).toThrow(/at time 0/)
  })
})

describe('packets', () => {
  it('have flags, numbers, window, urgent pointer and options', () => {
    expect(tcp('> SEW 0:0(0) <mss 1460,sackOK,TS val 100 ecr 0,nop,wscale 8>')).toMatchObject({
      flags: 'SEW', ack: undefined, window: undefined,
      options: [{ kind: 'mss', value: 1460 }, { kind: 'sackOK' }, { kind: 'TS', value: 100, echo: 0 }, { kind: 'nop' }, { kind: 'wscale', value: 8 }],
    })
    expect(tcp('< U. 1:101(100) ack 1 win 257 urg 100')).toMatchObject({ flags: 'U.', sequence: { start: 1, end: 101, length: 100 }, window: 257, urgent: 100 })
    expect(tcp('< - 1:1001 (1000) win 20000').flags).toBe('')
    expect(tcp('> . 1:1(0) ack 1 <...>').options).toBeUndefined()
    expect(tcp('< . 1:1(0) ack 1 win 257 <sack 1:2 3:4, nop, nop>').options?.[0]).toEqual({ kind: 'sack', blocks: [[1, 2], [3, 4]] })
    expect(tcp('> S. 0:0(0) ack 1 <mss 1460,nop,nop,sackOK, FOEXP 00abe8>').options?.at(-1)).toEqual({ kind: 'FOEXP', cookie: '00abe8' })
    expect(tcp('> .5 1:1(0) ack 1 <ECN e1b 1 ceb 0 e0b 1,nop>')).toMatchObject({ ace: 5, flags: '.', options: [{ kind: 'accecn', order: 1, counters: [1, 0, 1] }, { kind: 'nop' }] })
  })

  it('carry IP marks in either bracket', () => {
    expect((events('+0 > [ect0] P. 1:2(1) ack 1')[0].action as PacketAction).ip.ecn).toBe('ect0')
    expect((events('+0 > (tos 0x20, ttl 3) P. 1:2(1) ack 1')[0].action as PacketAction).ip).toMatchObject({ tos: 32, ttl: 3 })
  })

  it('are UDP, UDP-Lite and ICMP too, in the old form and the new', () => {
    const echoed = { kind: 'tcp', sequence: { start: 1, end: 1461, length: 1460, absolute: false } }
    const icmp = { kind: 'icmp', type: 'unreachable', code: 'frag_needed', mtu: 1200, echoed }
    expect((events('+0 < icmp unreachable frag_needed mtu 1200 [1:1461(1460)]')[0].action as PacketAction).transport).toEqual(icmp)
    expect((events('+0 < [1:1461(1460)] icmp unreachable frag_needed mtu 1200')[0].action as PacketAction).transport).toEqual(icmp)
    expect((events('+0 > udplite(1000, 8)')[0].action as PacketAction).transport).toMatchObject({ kind: 'udplite', length: 1000, coverage: 8 })
    expect((events('+0 < icmp type_3 code_255')[0].action as PacketAction).transport).toMatchObject({ type: 'type_3', code: 'code_255' })
  })

  it('that do not add up or are unknown are refused', () => {
    refuses('+0 > . 1:10(5) ack 1', 2, /is not 5 bytes/)
    refuses('+0 > . 1:1(0) ack 1 <mss 1460,foo>', 2, /unknown TCP option/)
    refuses('+0 > PP 1:1(0)', 2, /twice/)
  })
})

describe('system calls', () => {
  it('take C-like values', () => {
    const [event] = events(`+0 recvmsg(3, {msg_name(...)=..., msg_iov(1)=[{..., 0}], msg_flags=MSG_ERRQUEUE|MSG_TRUNC,
      msg_control=[{cmsg_level=SOL_IP, cmsg_data={ee_errno=ENOMSG, ee_data=2963}}]}, MSG_ERRQUEUE) = -1 EAGAIN (Resource temporarily unavailable)`)
    const action = event.action as SyscallAction
    expect(action).toMatchObject({ name: 'recvmsg', errno: 'EAGAIN', result: { kind: 'integer', value: -1 } })
    expect(action.args[1]).toMatchObject({ kind: 'struct', fields: [{ name: 'msg_name' }, { name: 'msg_iov' }, { name: 'msg_flags' }, { name: 'msg_control' }] })
  })

  it('may note their flags, and have a result', () => {
    expect((events('+0 fcntl(3, F_GETFL) = 0x2 (flags O_RDWR)')[0].action as SyscallAction).result).toEqual({ kind: 'integer', value: 2 })
    refuses('+0 close(3)', 3 - 1, /expected `=`/)
  })
})

it('words are replaced, except in comments and strings', () => {
  const [event] = events('+0 < S 0:0(0) win 1 <FOEXP COOKIE,nop,nop> // COOKIE', { COOKIE: 'aabb' })
  expect(((event.action as PacketAction).transport as TcpText).options?.[0]).toEqual({ kind: 'FOEXP', cookie: 'aabb' })
})

it('conditions keep line numbers', () => {
  const script = parseScript('#ifdef A\n0 close(1) = 0\n#else\n0 close(2) = 0\n#endif\n+1 close(3) = 0', { defines: new Map([['A', '']]) })
  expect(script.events.map(each => each.line)).toEqual([2, 6])
})

it('commands stand before, between and after', () => {
  const script = parseScript('--mss=1000\n`setup\nmore`\n0 `middle`\n+0 %{ assert True }%\n`cleanup`')
  expect(script).toMatchObject({ setup: 'setup\nmore', cleanup: 'cleanup', options: [{ name: 'mss', value: '1000' }] })
  expect(script.events.map(each => each.action.kind)).toEqual(['command', 'code'])
})

it('option lines define words, quoted ones too; the caller goes before', () => {
  const text = '--define=CC="reno" --define=N=3\n0 setsockopt(N, SOL_TCP, TCP_CONGESTION, CC, 4) = 0'
  const args = (defines: ReadonlyMap<string, string>): unknown => (parseScript(text, { defines }).events[0].action as SyscallAction).args
  expect(args(new Map())).toMatchObject([{ value: 3 }, {}, {}, { kind: 'string', text: 'reno' }, {}])
  expect(args(new Map([['N', '5']]))).toMatchObject([{ value: 5 }, {}, {}, {}, {}])
})

it('strings join and may be open, results may be names, encapsulated packets are not applicable', () => {
  const [first, second] = events('+0 write(4, "ab" "cd"..., 4) = 4\n+0 fcntl(4, F_GETFL) = O_RDWR|O_NONBLOCK').map(each => each.action as SyscallAction)
  expect(first.args[1]).toEqual({ kind: 'string', text: 'abcd' })
  expect(second.result.kind).toBe('or')
  expect(() => events('+0 > sctp: INIT[]')).toThrow(NotApplicable)
  expect(() => events('+0 < ipv4 1.1.1.1 > 2.2.2.2: . 1:1(0) ack 1 win 5')).toThrow(NotApplicable)
})

it('an ICMP echo has an identifier', () => {
  const [event] = events('+0 < icmp echo_request id 7')
  expect((event.action as PacketAction).transport).toMatchObject({ kind: 'icmp', type: 'echo_request', code: undefined, id: 7 })
})
