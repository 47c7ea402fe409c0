// Public names for Node: real time, real chance, the host's TAP and TUN devices, folders as web sites.

export { cryptoRandomSource } from '../node/crypto-random.ts'
export { configureHostSide } from '../node/host-network.ts'
export type { HostSide } from '../node/host-network.ts'
export { loadLibc } from '../node/libc.ts'
export type { Libc } from '../node/libc.ts'
export { wasmPlatform } from '../node/packet-platform.ts'
export { RealClock } from '../node/real-clock.ts'
export { SetupError } from '../node/setup-error.ts'
export { contentTypeOf, staticSite } from '../node/static-site.ts'
export { openTap, TapDevice } from '../node/tap-device.ts'
export type { TapOptions } from '../node/tap-device.ts'
