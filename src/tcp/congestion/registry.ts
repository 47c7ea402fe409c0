// The congestion controls by the names that TCP_CONGESTION and tcp_congestion_control use. The first is the fallback.

import { Bbr } from './bbr.ts'
import type { CongestionControl } from './congestion-control.ts'
import { Cubic } from './cubic.ts'
import { Dctcp } from './dctcp.ts'
import { HystartPlusPlus } from './hystart-plus-plus.ts'
import { Hystart } from './hystart.ts'
import { NewReno } from './new-reno.ts'
import { PLAIN_SLOW_START } from './slow-start-exit.ts'
import type { SlowStartExit } from './slow-start-exit.ts'

/** net.sockeye.tcp_hystart: what may end CUBIC's slow start before a loss. */
export const HYSTART_OFF = 0
export const HYSTART_PLUS_PLUS = 1
export const HYSTART_CLASSIC = 2

const FACTORIES: Readonly<Record<string, (hystart: number) => CongestionControl>> = Object.freeze({
  reno: () => new NewReno(),
  cubic: hystart => new Cubic(slowStartExit(hystart)),
  bbr: () => new Bbr(),
  dctcp: () => new Dctcp(),
})

export const CONGESTION_CONTROL_NAMES: readonly string[] = Object.freeze(Object.keys(FACTORIES))

function slowStartExit(hystart: number): SlowStartExit {
  if (hystart === HYSTART_CLASSIC) return new Hystart()
  return hystart === HYSTART_PLUS_PLUS ? new HystartPlusPlus() : PLAIN_SLOW_START
}

/** A fresh instance for one connection; undefined for an unknown name. */
export function createCongestionControl(name: string, hystart: number = HYSTART_PLUS_PLUS): CongestionControl | undefined {
  return Object.hasOwn(FACTORIES, name) ? FACTORIES[name](hystart) : undefined
}
