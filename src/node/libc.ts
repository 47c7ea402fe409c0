// The few C library calls that Node does not offer, through koffi, an optional dependency that is loaded when a real
// device is first asked for. Buffers pass by address: packet memory is read into and written from where it lies.
// Calls answer as C does, -1 with `errno()`; nothing throws after loading (performance.md 3.2).

import { SetupError } from './setup-error.ts'

/** Stays registered with libuv until `close`; must be kept reachable. */
export interface PollHandle {
  start(options: { readable?: boolean, writable?: boolean }, callback: () => void): void
  stop(): void
  close(): void
  ref(): void
  unref(): void
}

export interface Libc {
  ioctl(fd: number, request: number, argument: Uint8Array): number
  ioctlValue(fd: number, request: number, argument: number): number
  read(fd: number, address: number, length: number): number
  write(fd: number, address: number, length: number): number
  socket(family: number, type: number, protocol: number): number
  close(fd: number): number
  timerfdCreate(clock: number, flags: number): number
  timerfdSettime(fd: number, flags: number, setting: Uint8Array): number
  interfaceIndex(name: string): number
  /** Effective user of the other end of a Unix socket, -1 when unknown. */
  peerUser(fd: number): number
  errno(): number
  nameOf(errno: number): string
  /** Where a view's first byte lies; good as long as its buffer lives and does not grow. */
  addressOf(view: Uint8Array): number
  poll(fd: number, onReadable: () => void): PollHandle
}

type Koffi = typeof import('koffi')

async function importKoffi(): Promise<Koffi> {
  try {
    // The CommonJS module's exports are the default export of the ES one.
    const module = await import('koffi') as unknown as { default?: Koffi } & Koffi
    return module.default ?? module
  } catch {
    throw new SetupError('koffi', 'ENOENT', 'real devices need the optional package koffi; install it with: npm install koffi')
  }
}

function bind(koffi: Koffi): Libc {
  // The process itself: whichever C library it already runs on.
  const lib = koffi.load(null)
  const names = new Map(Object.entries(koffi.os.errno).map(([name, value]) => [value, name]))
  return {
    ioctl: lib.func('int ioctl(int fd, unsigned long request, _Inout_ uint8_t *argument)') as Libc['ioctl'],
    ioctlValue: lib.func('int ioctl(int fd, unsigned long request, unsigned long argument)') as Libc['ioctlValue'],
    read: lib.func('int read(int fd, uintptr_t address, int length)') as Libc['read'],
    write: lib.func('int write(int fd, uintptr_t address, int length)') as Libc['write'],
    socket: lib.func('int socket(int family, int type, int protocol)') as Libc['socket'],
    close: lib.func('int close(int fd)') as Libc['close'],
    timerfdCreate: lib.func('int timerfd_create(int clock, int flags)') as Libc['timerfdCreate'],
    timerfdSettime: bindSettime(lib),
    interfaceIndex: lib.func('unsigned int if_nametoindex(const char *name)') as Libc['interfaceIndex'],
    peerUser: bindPeerUser(lib),
    errno: () => koffi.errno(),
    nameOf: errno => names.get(errno) ?? `errno ${errno}`,
    addressOf: view => Number(koffi.address(view)),
    poll: (fd, onReadable) => koffi.node.poll(fd, { readable: true }, onReadable),
  }
}

function bindSettime(lib: ReturnType<Koffi['load']>): Libc['timerfdSettime'] {
  const call = lib.func('int timerfd_settime(int fd, int flags, uint8_t *setting, void *old)') as
    (fd: number, flags: number, setting: Uint8Array, old: null) => number
  return (fd, flags, setting) => call(fd, flags, setting, null)
}

const SOL_SOCKET = 1
const SO_PEERCRED = 17
const UCRED_BYTES = 12
const UCRED_UID_AT = 4

function bindPeerUser(lib: ReturnType<Koffi['load']>): Libc['peerUser'] {
  const call = lib.func('int getsockopt(int fd, int level, int name, _Out_ uint8_t *value, _Inout_ uint32_t *length)') as
    (fd: number, level: number, name: number, value: Uint8Array, length: Uint32Array) => number
  return fd => {
    const credentials = new Uint8Array(UCRED_BYTES)
    const isKnown = call(fd, SOL_SOCKET, SO_PEERCRED, credentials, Uint32Array.of(UCRED_BYTES)) === 0
    return isKnown ? new DataView(credentials.buffer).getInt32(UCRED_UID_AT, true) : -1
  }
}

/** Throws SetupError on a platform that is not Linux or without koffi. */
export async function loadLibc(): Promise<Libc> {
  if (process.platform !== 'linux') throw new SetupError('koffi', 'ENOSYS', 'TAP and TUN devices are there on Linux only')
  return bind(await importKoffi())
}
