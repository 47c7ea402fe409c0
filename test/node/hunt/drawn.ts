// The modules whose programs are drawn.

import { drawnNet } from './draw-net.ts'
import type { Program } from './program.ts'

export const DRAWN: Readonly<Record<string, (seed: string) => Program>> = { net: drawnNet }
