// What a script is once parsed: plain records with line numbers, nothing resolved yet. Written by grammar/*, read by the
// interpreter, the mutants and the report.

export type Microseconds = number

/** When an event is due. Ranges and `*` are for outbound packets only. */
export type EventTime =
  | { readonly kind: 'absolute', readonly us: Microseconds }
  | { readonly kind: 'relative', readonly us: Microseconds }
  | { readonly kind: 'absolute-range', readonly us: Microseconds, readonly endUs: Microseconds }
  | { readonly kind: 'relative-range', readonly us: Microseconds, readonly endUs: Microseconds }
  | { readonly kind: 'any' }

export type Expression =
  | { readonly kind: 'integer', readonly value: number }
  | { readonly kind: 'name', readonly name: string }
  | { readonly kind: 'or', readonly terms: readonly Expression[] }
  | { readonly kind: 'string', readonly text: string }
  | { readonly kind: 'ellipsis' }
  | { readonly kind: 'array', readonly items: readonly Expression[] }
  | { readonly kind: 'struct', readonly fields: readonly StructField[] }
  | { readonly kind: 'call', readonly name: string, readonly args: readonly Expression[] }

/** `name` undefined: by position. `count` is the `(1)` of `msg_iov(1)=...`. */
export interface StructField { readonly name: string | undefined, readonly count: Expression | undefined, readonly value: Expression }

export interface SyscallAction {
  readonly kind: 'syscall'
  readonly name: string
  readonly args: readonly Expression[]
  readonly result: Expression
  readonly errno: string | undefined
  /** The second time of `+0...0.3`: the call blocks and returns then. Counted as the event's own time is. */
  readonly blockingEndUs: Microseconds | undefined
}

export type TcpOptionText =
  | { readonly kind: 'mss', readonly value: number }
  | { readonly kind: 'wscale', readonly value: number }
  | { readonly kind: 'sackOK' } | { readonly kind: 'nop' } | { readonly kind: 'eol' }
  | { readonly kind: 'sack', readonly blocks: readonly (readonly [number, number])[] }
  | { readonly kind: 'TS', readonly value: number, readonly echo: number }
  | { readonly kind: 'FO', readonly cookie: string } | { readonly kind: 'FOEXP', readonly cookie: string }
  | { readonly kind: 'md5', readonly digest: string }
  | { readonly kind: 'accecn', readonly order: 0 | 1, readonly counters: readonly number[] }

export type EcnMark = 'noecn' | 'ect0' | 'ect1' | 'ce' | 'ect01'

/** The `(tos 0x20, ttl 3)` or `[ect0]` before a packet: compared only where written. */
export interface IpInfo {
  readonly ecn: EcnMark | undefined
  readonly tos: number | undefined
  readonly ttl: number | undefined
  readonly flowLabel: number | undefined
}

/** `absolute`: marked with `!`, not relative to the initial sequence number. */
export interface SequenceText { readonly start: number, readonly end: number, readonly length: number, readonly absolute: boolean }

export interface TcpText {
  readonly kind: 'tcp'
  readonly ports: readonly [number, number] | undefined
  /** Letters of S F R P U E W A and `.`; AccECN's digit is in `ace`. */
  readonly flags: string
  readonly ace: number | undefined
  readonly sequence: SequenceText
  readonly ack: number | undefined
  readonly ackAbsolute: boolean
  readonly window: number | undefined
  readonly urgent: number | undefined
  /** undefined: `<...>`, do not look. */
  readonly options: readonly TcpOptionText[] | undefined
}

export interface UdpText {
  readonly kind: 'udp' | 'udplite'
  readonly ports: readonly [number, number] | undefined
  readonly length: number
  /** Checksum coverage of UDP-Lite. */
  readonly coverage: number
}

export interface IcmpText {
  readonly kind: 'icmp'
  readonly type: string
  readonly code: string | undefined
  readonly mtu: number | undefined
  /** Identifier of an echo. */
  readonly id: number | undefined
  /** The echoed header in brackets. */
  readonly echoed: { readonly kind: 'tcp', readonly sequence: SequenceText } | UdpText | undefined
}

export interface PacketAction {
  readonly kind: 'packet'
  readonly direction: '<' | '>'
  readonly ip: IpInfo
  readonly transport: TcpText | UdpText | IcmpText
}

export interface CommandAction { readonly kind: 'command', readonly text: string }
export interface CodeAction { readonly kind: 'code', readonly text: string }
/** Inline drills only: nothing may leave for that long. */
export interface QuietAction { readonly kind: 'quiet' }
/** Inline drills only: `state = FIN-WAIT-2`, `cwnd = 10`. */
export interface LookAction { readonly kind: 'look', readonly what: string, readonly expected: string }

export type Action = SyscallAction | PacketAction | CommandAction | CodeAction | QuietAction | LookAction

export interface ScriptEvent {
  readonly line: number
  readonly time: EventTime
  readonly action: Action
  /** The script's own words, on one line. */
  readonly text: string
}

export interface ScriptOption { readonly line: number, readonly name: string, readonly value: string }

export interface Script {
  readonly options: readonly ScriptOption[]
  readonly setup: string | undefined
  readonly cleanup: string | undefined
  readonly events: readonly ScriptEvent[]
}

/** The script says something the language, or this interpreter, does not have: never a silent pass. */
export class DrillSyntaxError extends Error {
  readonly line: number
  constructor(line: number, message: string) {
    super(`line ${line}: ${message}`)
    this.name = 'DrillSyntaxError'
    this.line = line
  }
}
