// `node --import sockeye-net/register program.js`: the same as `sockeye run`, its options in environment variables
// (SOCKEYE_TAP, SOCKEYE_ADDRESS, ...; several values of one are separated by commas).

import { basename } from 'node:path'
import { Failure } from './failure.ts'
import { attachProgram } from './program-host.ts'
import type { ProgramOptionTexts } from './program-host.ts'

function one(name: string): string | undefined {
  const value = process.env[`SOCKEYE_${name}`]
  return value === undefined || value === '' ? undefined : value
}

function list(name: string): string[] { return (one(name) ?? '').split(',').map(each => each.trim()).filter(each => each !== '') }

function fromEnvironment(): ProgramOptionTexts {
  const texts = {
    tap: one('TAP'), tun: one('TUN'), mac: one('MAC'), mtu: one('MTU'), capture: one('CAPTURE'), impair: one('IMPAIR'),
    busyPoll: one('BUSY_POLL'), name: one('NAME'),
  }
  const given = Object.fromEntries(Object.entries(texts).filter(([, value]) => value !== undefined))
  return {
    ...given, hostAddress: list('HOST_ADDRESS'), address: list('ADDRESS'), gateway: list('GATEWAY'), sysctl: list('SYSCTL'), dns: list('DNS'),
    offload: one('NO_OFFLOAD') === undefined,
  }
}

try {
  await attachProgram(fromEnvironment(), basename(process.argv[1] ?? 'node'))
} catch (error) {
  if (!(error instanceof Failure)) throw error
  console.error(`sockeye-net/register: ${error.message}`)
  process.exit(error.exitCode)
}
