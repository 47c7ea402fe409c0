// What hangs on the version of the Node that runs us, and cannot be seen in its modules.

function isAtLeast(version: string, major: number, minor: number): boolean {
  const [ours, theirs] = version.split('.').map(Number)
  return ours > major || (ours === major && theirs >= minor)
}

const { node, uv } = process.versions

/** Paths that are too long for a socket are cut; later versions refuse them. */
export const CUTS_SOCKET_PATHS: boolean = !isAtLeast(node, 23, 0)

/** What is removed at the end is the path as it was cut; before it was the one that was asked for. */
export const REMOVES_CUT_PATHS: boolean = isAtLeast(uv, 1, 48)

/** `readableAll` and `writableAll` are all that is allowed; before they were added to what was. */
export const SETS_WHOLE_MODE: boolean = isAtLeast(uv, 1, 51)

/** Every record of an answer names its type, not only those of `resolveAny`. */
export const NAMES_RECORD_TYPES: boolean = isAtLeast(node, 24, 10)

const knowsAddresses = isAtLeast(node, 26, 5) || (isAtLeast(node, 24, 19) && !isAtLeast(node, 25, 0))

/** dgram asks `dns.lookup` for addresses too; later versions take them for what they are. */
export const LOOKS_ADDRESSES_UP: boolean = !knowsAddresses

/** Of all addresses of a name a server listens on the first that is not local to a link; before, on the first. */
export const LISTENS_ON_BEST: boolean = isAtLeast(node, 22, 8)
