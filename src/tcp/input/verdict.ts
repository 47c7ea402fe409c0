// What a step of input says: nothing (go on), that the packet found an owner, that it was processed, or why it was dropped.

import type { DropReason } from '../../base/drop-reason.ts'

/** `kept`: the packet is queued. `done`: processed, release it. */
export type Verdict = DropReason | 'kept' | 'done'
