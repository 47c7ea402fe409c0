// Two hosts with 50 ms of delay and 2 % of loss between them: what the tests of libraries share.

import { execFileSync } from 'node:child_process'
import { expect } from 'vitest'
import { inWorld } from '../../src/entry/test.ts'
import type { TestHost, TestWorld } from '../../src/entry/test.ts'

export const LINK = 'delay 50ms loss 2%'
export const LARGE = 300_000

export interface Hosts {
  readonly world: TestWorld
  readonly server: TestHost
  readonly client: TestHost
}

/** Runs the body, which closes what it opened; packets must have been lost and sent again, and no socket may be left. */
export async function onBadLink(seed: number, body: (hosts: Hosts) => Promise<void>): Promise<void> {
  await inWorld({ seed, noLeaks: true, tells: false, artifacts: '', keepFrames: 0 }, async world => {
    const [server, client] = [world.host('server'), world.host('client')]
    world.link(server, client, LINK)
    let lost = 0
    world.sim.trace.listen(event => { if (event.name === 'drop' && event.reason === 'impair-loss') lost++ })
    await body({ world, server, client })
    await world.runUntilQuiet()
    expect(lost, 'packets lost').toBeGreaterThan(0)
    const repaired = world.hosts.reduce((sum, { kernel }) => sum + kernel.namespace.mib.tcp.RetransSegs, 0)
    expect(repaired, 'packets sent again').toBeGreaterThan(0)
  })
}

/** Bytes that tell when one of them is missing, or in another's place. */
export function payload(size: number = LARGE): Buffer {
  const bytes = Buffer.alloc(size)
  for (let i = 0; i < size; i++) bytes[i] = i * 31 + (i >> 8) * 7 & 255
  return bytes
}

/** A key and a certificate for the host `server`, in one text. */
export function certificate(): string {
  return execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', '-', '-out', '-',
    '-subj', '/CN=server', '-addext', 'subjectAltName=DNS:server', '-days', '36500'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
}

/** What a server's `close` with a callback becomes when one awaits it. */
export function closing(server: { close(done: () => void): unknown }): () => Promise<void> {
  return () => new Promise(done => { server.close(() => { done() }) })
}
