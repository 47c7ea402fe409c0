// The modules whose programs are drawn, and how many with each run of the tests.

import { drawnDgram } from './draw-dgram.ts'
import { drawnHttp } from './draw-http.ts'
import { drawnNet } from './draw-net.ts'
import type { Program } from './program.ts'

export interface Drawn { readonly draw: (seed: string) => Program, readonly count: number }

export const DRAWN: Readonly<Record<string, Drawn>> = {
  net: { draw: drawnNet, count: 120 },
  dgram: { draw: drawnDgram, count: 60 },
  http: { draw: drawnHttp, count: 40 },
}
