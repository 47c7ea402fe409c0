// SO_PRIORITY: the class of a socket's packets, which IP_TOS chooses as well (Linux: ip_tos2prio, TC_PRIO_*).

const BEST_EFFORT = 0
const BULK = 2
const INTERACTIVE_BULK = 4
const INTERACTIVE = 6
/** By the two upper of the four bits that RFC 1349 called the type of service. */
const CLASSES = [BEST_EFFORT, BULK, INTERACTIVE, INTERACTIVE_BULK] as const

export function priorityOfTos(tos: number): number { return CLASSES[tos >> 3 & 3] ?? BEST_EFFORT }
