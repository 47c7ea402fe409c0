import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { parseIp } from '../../base/address/ip.ts'
import type { IpAddress } from '../../base/address/ip.ts'
import { signatureOf } from './signature.ts'

const segment = Uint8Array.from({ length: 47 }, (_, i) => (37 * i + 11) & 0xff)
const key = new TextEncoder().encode('shared secret')

function expected(pseudo: readonly number[]): Uint8Array {
  const header = segment.slice(3, 23)
  header.fill(0, 16, 18)
  return createHash('md5').update(Uint8Array.from(pseudo)).update(header).update(segment.slice(31)).update(key).digest()
}

it('signs pseudo-header, header without options and checksum, payload, key (RFC 2385 2.0)', () => {
  const pseudo = [192, 0, 2, 1, 198, 51, 100, 9, 0, 6, 0, 44]
  const made = signatureOf(parseIp('192.0.2.1') as IpAddress, parseIp('198.51.100.9') as IpAddress, segment, 3, 31, 47, key)
  expect([...made]).toEqual([...expected(pseudo)])
})

it('over IPv6 with its pseudo-header (RFC 8200 8.1)', () => {
  const pseudo = [...new Array<number>(15).fill(0), 1, 0x20, 1, 0x0d, 0xb8, ...new Array<number>(11).fill(0), 2, 0, 0, 0, 44, 0, 0, 0, 6]
  const made = signatureOf(parseIp('::1') as IpAddress, parseIp('2001:db8::2') as IpAddress, segment, 3, 31, 47, key)
  expect([...made]).toEqual([...expected(pseudo)])
})
