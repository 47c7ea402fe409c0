// The congestion controls by the names that TCP_CONGESTION and tcp_congestion_control use. The first is the fallback.

import { Bbr } from './bbr.ts'
import type { CongestionControl } from './congestion-control.ts'
import { Cubic } from './cubic.ts'
import { Dctcp } from './dctcp.ts'
import { NewReno } from './new-reno.ts'

const FACTORIES: Readonly<Record<string, () => CongestionControl>> = Object.freeze({
  reno: () => new NewReno(),
  cubic: () => new Cubic(),
  bbr: () => new Bbr(),
  dctcp: () => new Dctcp(),
})

export const CONGESTION_CONTROL_NAMES: readonly string[] = Object.freeze(Object.keys(FACTORIES))

/** A fresh instance for one connection; undefined for an unknown name. */
export function createCongestionControl(name: string): CongestionControl | undefined {
  return Object.hasOwn(FACTORIES, name) ? FACTORIES[name]() : undefined
}
