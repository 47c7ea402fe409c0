// Proof of the judge: a script that passes must fail once one thing it says is changed. Only what is compared is changed
// (flags, numbers, options, marks, results, and times by more than twice the tolerance); what cannot matter is counted.

import type { Action, EventTime, Expression, PacketAction, Script, ScriptEvent, StructField, SyscallAction, TcpOptionText, TcpText } from './ast.ts'
import { mayBeLeftOut } from './packet/neutral.ts'
import type { Mode } from './settings.ts'

export interface Mutant {
  readonly line: number
  readonly what: string
  readonly script: Script
}

export interface Mutants {
  readonly mutants: readonly Mutant[]
  /** Changes that leave the meaning as it is, with the reason. */
  readonly equivalent: readonly { readonly line: number, readonly what: string }[]
}

interface Change { readonly what: string, readonly event: ScriptEvent, readonly equivalent?: boolean }

export function mutantsOf(script: Script, mode: Mode, toleranceUs: number): Mutants {
  const mutants: Mutant[] = []
  const equivalent: { line: number, what: string }[] = []
  let previous: EventTime | undefined
  script.events.forEach((event, index) => {
    for (const change of changes(event, previous, mode, toleranceUs)) {
      const where = { line: event.line, what: change.what }
      if (change.equivalent === true) equivalent.push(where)
      else mutants.push({ ...where, script: { ...script, events: script.events.with(index, change.event) } })
    }
    previous = event.time
  })
  return { mutants, equivalent }
}

function* changes(event: ScriptEvent, previous: EventTime | undefined, mode: Mode, toleranceUs: number): Generator<Change> {
  const { action } = event
  const as = (changed: Action): ScriptEvent => ({ ...event, action: changed })
  if (action.kind === 'packet' && action.direction === '>') {
    const optional = mode === 'neutral' && action.transport.kind === 'tcp' && mayBeLeftOut(action.transport)
    for (const [what, changed, same] of packetChanges(action, mode)) {
      // An acknowledgement that may be left out may as well be sent earlier, later, or of less; so may what becomes one.
      const weaker = mode === 'neutral' && changed.transport.kind === 'tcp' && mayBeLeftOut(changed.transport) && !optional
      yield { what, event: as(changed), equivalent: same || weaker || (optional && what === 'ack') }
    }
    const time = later(event.time, previous, toleranceUs)
    if (time !== undefined) yield { what: 'time', event: { ...event, time }, equivalent: optional }
  } else if (action.kind === 'syscall') {
    for (const [what, changed] of syscallChanges(action)) yield { what, event: as(changed) }
    if (action.blockingEndUs !== undefined) {
      const duration = action.blockingEndUs - (event.time.kind === 'any' ? 0 : event.time.us)
      yield { what: 'end of a blocking call', event: as({ ...action, blockingEndUs: action.blockingEndUs + shift(duration, toleranceUs) }) }
    }
  }
}

/** Far enough that the tolerance, which grows with the time since the event before, does not reach. */
function shift(sinceUs: number, toleranceUs: number): number { return 2 * toleranceUs + Math.ceil(Math.max(0, sinceUs) / 3) + 1 }

function later(time: EventTime, previous: EventTime | undefined, toleranceUs: number): EventTime | undefined {
  if (time.kind === 'any') return undefined
  const before = time.kind.startsWith('absolute') && previous !== undefined && previous.kind.startsWith('absolute') && 'us' in previous ? previous.us : 0
  const end = 'endUs' in time ? time.endUs : time.us
  const by = end - time.us + shift(end - before, toleranceUs)
  return 'endUs' in time ? { ...time, us: time.us + by, endUs: time.endUs + by } : { ...time, us: time.us + by }
}

type PacketChange = readonly [what: string, changed: PacketAction, equivalent: boolean]

function* packetChanges(action: PacketAction, mode: Mode): Generator<PacketChange> {
  const { transport, ip } = action
  if (ip.ecn !== undefined) yield ['ECN mark', { ...action, ip: { ...ip, ecn: ip.ecn === 'ce' ? 'noecn' : 'ce' } }, false]
  if (ip.tos !== undefined) yield ['TOS', { ...action, ip: { ...ip, tos: ip.tos ^ 4 } }, false]
  if (ip.ttl !== undefined) yield ['TTL', { ...action, ip: { ...ip, ttl: ip.ttl + 1 } }, false]
  if (ip.flowLabel !== undefined) yield ['flow label', { ...action, ip: { ...ip, flowLabel: ip.flowLabel ^ 1 } }, false]
  if (transport.kind === 'tcp') for (const [what, changed, same] of tcpChanges(transport, mode)) yield [what, { ...action, transport: changed }, same]
  else if (transport.kind !== 'icmp') {
    yield ['length', { ...action, transport: { ...transport, length: transport.length + 1 } }, false]
    if (transport.kind === 'udplite') yield ['coverage', { ...action, transport: { ...transport, coverage: transport.coverage + 9 } }, false]
  }
}

function* tcpChanges(tcp: TcpText, mode: Mode): Generator<readonly [string, TcpText, boolean]> {
  const { sequence, options } = tcp
  const syn = tcp.flags.includes('S')
  const toggle = (letter: string): TcpText => ({ ...tcp, flags: tcp.flags.includes(letter) ? tcp.flags.replace(letter, '') : letter + tcp.flags })
  if (mode === 'exact') yield ['flag P', toggle('P'), false]
  yield ['flag F', toggle('F'), false]
  yield ['sequence number', { ...tcp, sequence: { ...sequence, start: sequence.start + 1, end: sequence.end + 1 } }, syn && !sequence.absolute]
  yield ['length', { ...tcp, sequence: { ...sequence, end: sequence.end + 1, length: sequence.length + 1 } }, false]
  if (tcp.flags.includes('.')) yield ['ack', { ...tcp, ack: (tcp.ack ?? 0) + 1 }, false]
  if (tcp.window !== undefined) yield ['win', { ...tcp, window: tcp.window ^ 1 }, mode === 'neutral']
  yield ['urg', { ...tcp, urgent: (tcp.urgent ?? 0) + 1 }, false]
  if (options === undefined) return
  if (mode === 'exact') {
    for (const [index, option] of options.entries()) {
      const changed = changedOption(option)
      if (changed !== undefined) yield [`option ${option.kind}`, { ...tcp, options: options.with(index, changed) }, false]
    }
    if (options.length === 0) yield ['an option too many', { ...tcp, options: [{ kind: 'nop' }, { kind: 'nop' }, { kind: 'nop' }, { kind: 'nop' }] }, false]
    else yield ['no options', { ...tcp, options: [] }, false]
  }
}

function changedOption(option: TcpOptionText): TcpOptionText | undefined {
  switch (option.kind) {
    case 'mss': case 'wscale': return { ...option, value: option.value ^ 1 }
    case 'nop': return { kind: 'eol' }
    case 'eol': return { kind: 'nop' }
    case 'sack': return { kind: 'sack', blocks: option.blocks.map(([left, right], index) => [left, index === 0 ? right + 1 : right] as const) }
    case 'FO': case 'FOEXP': return option.cookie === '' ? undefined : { ...option, cookie: (option.cookie.startsWith('0') ? '1' : '0') + option.cookie.slice(1) }
    case 'md5': return { ...option, digest: (option.digest.startsWith('0') ? '1' : '0') + option.digest.slice(1) }
    case 'accecn': return { ...option, counters: option.counters.map((each, index) => index === 0 ? each + 1 : each) }
    case 'sackOK': case 'TS': return undefined
  }
}

/** Calls whose result names a descriptor: any number would do. */
const MAKES_DESCRIPTOR: ReadonlySet<string> = new Set(['socket', 'accept', 'accept4', 'open', 'epoll_create', 'epoll_create1', 'dup'])

function* syscallChanges(action: SyscallAction): Generator<readonly [string, SyscallAction]> {
  const { result, errno, args, name } = action
  if (result.kind === 'integer' && result.value >= 0 && !MAKES_DESCRIPTOR.has(name)) yield ['result', { ...action, result: { kind: 'integer', value: result.value + 1 } }]
  if (result.kind === 'integer' && result.value < 0) yield ['result', { ...action, result: { kind: 'integer', value: 0 }, errno: undefined }]
  if (errno !== undefined) yield ['errno', { ...action, errno: errno === 'EXDEV' ? 'EDOM' : 'EXDEV' }]
  if (result.kind === 'integer' && result.value < 0) return
  if ((name === 'getsockopt' || name === 'ioctl') && args.length > 2) {
    const at = name === 'ioctl' ? 2 : 3
    const value = args[at]
    if (value.kind === 'array' && value.items[0]?.kind === 'integer') {
      yield ['value', { ...action, args: args.with(at, { kind: 'array', items: [{ kind: 'integer', value: value.items[0].value + 1 }] }) }]
    }
  }
  const found = result.kind === 'integer' ? result.value : 0
  if (name === 'epoll_wait' && found > 0) for (const changed of fieldChanges(args[1], COMPARED)) yield ['epoll event', { ...action, args: args.with(1, changed) }]
  if (name === 'poll') for (const changed of fieldChanges(args[0], COMPARED)) yield ['pollfd', { ...action, args: args.with(0, changed) }]
  if (name === 'recvmsg') for (const changed of fieldChanges(args[1], COMPARED)) yield ['message', { ...action, args: args.with(1, changed) }]
}

const COMPARED: ReadonlySet<string> = new Set(['revents', 'msg_flags', 'cmsg_level', 'cmsg_type', 'ee_errno', 'ee_origin', 'ee_type', 'ee_code', 'ee_info', 'ee_data'])

/** Every copy of a value with one of the named numbers changed by one bit. */
function* fieldChanges(value: Expression, names: ReadonlySet<string>): Generator<Expression> {
  if (value.kind === 'array') {
    for (const [index, item] of value.items.entries()) {
      for (const changed of fieldChanges(item, names)) yield { kind: 'array', items: value.items.with(index, changed) }
    }
  } else if (value.kind === 'struct') {
    for (const [index, field] of value.fields.entries()) {
      for (const changed of changedField(field, names)) yield { kind: 'struct', fields: value.fields.with(index, { ...field, value: changed }) }
    }
  }
}

function* changedField(field: StructField, names: ReadonlySet<string>): Generator<Expression> {
  if (field.name === undefined || !names.has(field.name)) { yield* fieldChanges(field.value, names); return }
  if (field.value.kind === 'integer') yield { kind: 'integer', value: field.value.value + 1 }
  else if (field.value.kind === 'name' || field.value.kind === 'or') yield { kind: 'or', terms: [field.value, { kind: 'integer', value: 0x40000000 }] }
}
