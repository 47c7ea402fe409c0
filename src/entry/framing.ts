// Public names of the framing library: messages over byte streams, and records as bytes.

export { DelimitedFramer, FixedLengthFramer, Framer } from '../service/framing/framer.ts'
export type { Cut, FramingFailure } from '../service/framing/framer.ts'
export { contentLengthFormat, HeaderTerminatedFramer } from '../service/framing/header-terminated.ts'
export type { HeaderedMessage, HeaderFormat } from '../service/framing/header-terminated.ts'
export { encodeDelimited, encodeLengthPrefixed, LengthPrefixedFramer } from '../service/framing/length-prefixed.ts'
export type { LengthPrefix } from '../service/framing/length-prefixed.ts'
export { ObjectChannel } from '../service/framing/object-channel.ts'
export type { ChannelEnd, ObjectChannelOptions, ObjectCodec } from '../service/framing/object-channel.ts'
export { calcsize, pack, unpack } from '../service/framing/struct.ts'
export type { Field } from '../service/framing/struct.ts'
