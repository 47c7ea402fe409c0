// Initial sequence numbers (RFC 6528, RFC 9293 MUST-8, MUST-9, SHLD-1): a 4-microsecond clock plus a keyed hash of the
// four-tuple; and likewise the offset of a connection's timestamps, by address pair only so that a later connection of
// the same pair continues them.

import type { IpAddress } from '../../base/address/ip.ts'
import { sipHash24 } from '../../base/hash.ts'
import type { TcpEnv } from './tcp-env.ts'

function hash(env: TcpEnv, keyAt: number, local: IpAddress, remote: IpAddress, ports: number): number {
  const { hashInput, hashOutput, secret } = env
  local.write16(hashInput, 0)
  remote.write16(hashInput, 16)
  hashInput[32] = ports >> 24
  hashInput[33] = ports >> 16
  hashInput[34] = ports >> 8
  hashInput[35] = ports
  sipHash24(secret[keyAt] | 0, secret[keyAt + 1] | 0, secret[keyAt + 2] | 0, secret[keyAt + 3] | 0, hashInput, 0, 36, hashOutput)
  return hashOutput[0]
}

export function initialSequence(env: TcpEnv, local: IpAddress, localPort: number, remote: IpAddress, remotePort: number,
  now: number): number {
  return (hash(env, 0, local, remote, (localPort << 16) | remotePort) + Math.floor(now / 4)) | 0
}

/** RFC 7323 7.1. tcp_timestamps 2: no offset. */
export function timestampOffset(env: TcpEnv, local: IpAddress, remote: IpAddress): number {
  if (env.sysctl.timestamps.value !== 1) return 0
  const { lastOffset } = env
  return lastOffset.has(local, remote) ? lastOffset.value : lastOffset.keep(local, remote, hash(env, 4, local, remote, 0))
}
