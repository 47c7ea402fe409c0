// Public names of the test kit: worlds for Node programs.

export { createWorld, TestWorld } from '../node/testkit/world.ts'
export type { TestWorldOptions } from '../node/testkit/world.ts'
export { HostFailure, WorldStuck } from '../node/testkit/failure.ts'
export { Job } from '../node/testkit/job.ts'
export type { Duration } from '../node/testkit/duration.ts'
export type { NameFailure, NameTable, NameTarget } from '../node/testkit/names.ts'
export type { HostModules, Program } from '../node/testkit/program.ts'
export type { OpenSocket } from '../node/testkit/report.ts'
export { readSlowly } from '../node/testkit/slow-reader.ts'
export type { Flow, PacketRule, PacketVerdict, Protocol, TestPacket } from '../node/testkit/test-packet.ts'
export type { HostOptions, TestHost } from '../node/testkit/test-host.ts'
export type { LinkSpec, TestLink } from '../node/testkit/test-link.ts'
