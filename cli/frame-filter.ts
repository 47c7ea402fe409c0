// tcpdump's expressions on the frames of a trace.

import { FilterFault, FilterSubject, PacketFilter, compileFilter } from '../src/entry/wire.ts'
import type { LinkType } from '../src/entry/wire.ts'
import { usage } from './failure.ts'

const OUTGOING = 4

export type FrameFilter = (bytes: Uint8Array, offset: number, length: number, direction: 'in' | 'out') => boolean

/** Throws a Failure that shows where the expression is wrong. */
export function frameFilter(expression: string, link: LinkType): FrameFilter {
  if (expression === '') return () => true
  const program = compileFilter(expression, link)
  if (program instanceof FilterFault) throw usage(`${expression}\n${' '.repeat(program.at)}^ ${program.message}`)
  const filter = PacketFilter.of(program)
  if (filter === 'EINVAL') throw usage(`${expression}: EINVAL: too long`)
  const subject = new FilterSubject()
  return (bytes, offset, length, direction) => {
    subject.ofBytes(bytes, offset, offset + length)
    subject.linkAt = offset
    subject.packetType = direction === 'out' ? OUTGOING : 0
    return filter.run(subject) > 0
  }
}
