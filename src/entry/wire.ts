// Public names of the wire: packets in memory, capture files, and frames as lines and as trees of fields.

export { Packet } from '../wire/packet.ts'
export { PacketMemory } from '../wire/packet-memory.ts'
export { LINKTYPE_ETHERNET, LINKTYPE_RAW, PcapngWriter, readCapture } from '../wire/pcap.ts'
export type { CaptureFile, CapturedPacket, CaptureInterface, PacketNotes } from '../wire/pcap.ts'
export { describeFrame, describeTime, LinePrinter } from '../wire/print/ethernet.ts'
export type { LineOptions } from '../wire/print/ethernet.ts'
export { SequenceBases } from '../wire/print/tcp.ts'
export { describeTree, dissect } from '../wire/print/tree.ts'
export type { FieldNode } from '../wire/print/tree.ts'
