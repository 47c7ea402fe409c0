import { describe, expect, it } from 'vitest'
import { seededSource } from '../../base/random.ts'
import { O_APPEND, O_CREAT, O_EXCL, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY } from '../../base/posix.ts'
import { Trace } from '../../base/trace.ts'
import { VirtualClock } from '../../sim/virtual-clock.ts'
import { PacketMemory } from '../../wire/packet-memory.ts'
import { createHost } from '../host.ts'

function system() {
  const host = createHost({ name: 'h', clock: new VirtualClock(), random: seededSource(1), memory: new PacketMemory({ bytes: 4 << 20 }), trace: new Trace() })
  return host.spawn().sys
}

const text = (bytes: Uint8Array): string => String.fromCharCode(...bytes)
const bytes = (words: string): Uint8Array => Uint8Array.from(words, each => each.charCodeAt(0))

describe('open', () => {
  it('makes, finds, empties and appends', () => {
    const sys = system()
    expect(sys.open('/tmp/a', O_RDONLY)).toBe('ENOENT')
    const fd = sys.open('/tmp/a', O_RDWR | O_CREAT) as number
    expect(sys.write(fd, bytes('hello'))).toBe(5)
    expect(sys.open('/tmp/a', O_RDWR | O_CREAT | O_EXCL)).toBe('EEXIST')
    const reader = sys.open('/tmp/a', O_RDONLY) as number
    const buffer = new Uint8Array(3)
    expect([sys.read(reader, buffer), text(buffer)]).toEqual([3, 'hel'])
    expect(sys.write(reader, buffer)).toBe('EBADF')
    const appender = sys.open('/tmp/a', O_WRONLY | O_APPEND) as number
    expect(sys.write(appender, bytes('!'))).toBe(1)
    expect(sys.read(appender, buffer)).toBe('EBADF')
    expect([sys.read(reader, buffer), text(buffer)]).toEqual([3, 'lo!'])
    expect(sys.read(reader, buffer)).toBe(0)
    sys.open('/tmp/a', O_WRONLY | O_TRUNC)
    expect(sys.read(sys.open('/tmp/a', O_RDONLY) as number, buffer)).toBe(0)
    expect(sys.open('/tmp', O_RDONLY)).toBe('EISDIR')
  })
})

describe('sendfile and splice', () => {
  it('move bytes through files and pipes', () => {
    const sys = system()
    const file = sys.open('/tmp/a', O_RDWR | O_CREAT) as number
    sys.write(file, bytes('0123456789'))
    const [reader, writer] = sys.pipe() as readonly [number, number]
    const [reader2, writer2] = sys.pipe() as readonly [number, number]
    const offset = { value: 2 }
    expect(sys.sendfile(writer, file, offset, 5)).toBe(5)
    expect(offset.value).toBe(7)
    expect(sys.splice(reader, undefined, writer2, undefined, 3, 0)).toBe(3)
    expect(sys.splice(reader, undefined, writer2, undefined, 9, 0)).toBe(2)
    expect(sys.splice(reader, undefined, writer2, undefined, 9, 0)).toBe('EAGAIN')
    const buffer = new Uint8Array(5)
    expect([sys.read(reader2, buffer), text(buffer)]).toEqual([5, '23456'])
    expect(sys.sendfile(writer, reader, undefined, 1)).toBe('EINVAL')
    expect(sys.splice(file, undefined, file, undefined, 1, 0)).toBe('EINVAL')
    sys.close(writer)
    expect(sys.splice(reader, undefined, writer2, undefined, 9, 0)).toBe(0)
  })
})
