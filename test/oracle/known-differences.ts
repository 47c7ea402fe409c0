// Scenarios that end differently on purpose or for now; each has its paragraph in docs/compatibility.md.

export const KNOWN_DIFFERENCES: ReadonlySet<string> = new Set([
])
