// Opening /dev/net/tun and making it one interface: name, kind, virtio header, offloads (Linux
// Documentation/networking/tuntap.rst). What can go wrong here is the user's to mend, so each errno says how.

import { closeSync, constants, openSync } from 'node:fs'
import { AF_INET, SOCK_CLOEXEC, SOCK_DGRAM } from '../base/posix.ts'
import type { Libc } from './libc.ts'
import { SetupError } from './setup-error.ts'
import { VIRTIO_NET_HEADER_BYTES } from './virtio-net-header.ts'

const DEVICE_FILE = '/dev/net/tun'
const IFREQ_BYTES = 40
const MAX_NAME_BYTES = 15

const IFF_TUN = 0x0001
const IFF_TAP = 0x0002
const IFF_NO_PI = 0x1000
const IFF_VNET_HDR = 0x4000

const TUNSETIFF = 0x400454ca
const TUNSETOFFLOAD = 0x400454d0
const TUNSETVNETHDRSZ = 0x400454d8
const TUNSETVNETLE = 0x400454dc

const SIOCGIFMTU = 0x8921
const DEFAULT_MTU = 1500

const TUN_F_CSUM = 0x01
const TUN_F_TSO4 = 0x02
const TUN_F_TSO6 = 0x04
const TUN_F_TSO_ECN = 0x08
const TUN_F_USO4 = 0x20
const TUN_F_USO6 = 0x40
const TSO = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN
const USO = TUN_F_USO4 | TUN_F_USO6

export interface TunFile {
  readonly fd: number
  readonly vnet: boolean
  /** The kernel cuts UDP super-segments (Linux 6.2). */
  readonly uso: boolean
}

const OPEN_ADVICE: Readonly<Record<string, string>> = {
  ENOENT: `${DEVICE_FILE} is not there; load the module: modprobe tun`,
  ENODEV: 'the kernel has no TUN/TAP support; load the module: modprobe tun',
  ENXIO: 'the kernel has no TUN/TAP support; load the module: modprobe tun',
  EACCES: `no permission to open ${DEVICE_FILE}; run as root`,
  EPERM: `no permission to open ${DEVICE_FILE}; run as root, in a container with the device allowed`,
}

const ATTACH_ADVICE: Readonly<Record<string, string>> = {
  EPERM: 'making a device needs root or CAP_NET_ADMIN; or let root make it for you: ip tuntap add NAME mode tap user YOU',
  EBUSY: 'another program holds this device; stop it or choose another name',
  EINVAL: 'the name is taken by a device of another kind; choose another name',
}

function openDeviceFile(subject: string): number {
  try {
    return openSync(DEVICE_FILE, constants.O_RDWR | constants.O_NONBLOCK)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'EIO'
    throw new SetupError(subject, code, OPEN_ADVICE[code] ?? `${DEVICE_FILE} cannot be opened`)
  }
}

function int32(value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setInt32(0, value, true)
  return bytes
}

/** Throws SetupError; nothing stays open then. */
export function openTunFile(libc: Libc, name: string, kind: 'tap' | 'tun', offload: boolean): TunFile {
  const subject = `--${kind} ${name}`
  if (!/^[^\s/:%]+$/.test(name) || name === '.' || name === '..' || Buffer.byteLength(name) > MAX_NAME_BYTES) {
    throw new SetupError(subject, 'EINVAL', `a device name has 1 to ${MAX_NAME_BYTES} bytes, without blanks, slashes, colons and percent signs`)
  }
  const fd = openDeviceFile(subject)
  const check = (result: number): void => {
    if (result >= 0) return
    const code = libc.nameOf(libc.errno())
    throw new SetupError(subject, code, ATTACH_ADVICE[code] ?? 'the kernel refuses to make the device')
  }
  try {
    const request = new Uint8Array(IFREQ_BYTES)
    request.set(Buffer.from(name))
    const flags = (kind === 'tap' ? IFF_TAP : IFF_TUN) | IFF_NO_PI | (offload ? IFF_VNET_HDR : 0)
    new DataView(request.buffer).setUint16(16, flags, true)
    check(libc.ioctl(fd, TUNSETIFF, request))
    if (!offload) return { fd, vnet: false, uso: false }
    check(libc.ioctl(fd, TUNSETVNETHDRSZ, int32(VIRTIO_NET_HEADER_BYTES)))
    check(libc.ioctl(fd, TUNSETVNETLE, int32(1)))
    const uso = libc.ioctlValue(fd, TUNSETOFFLOAD, TSO | USO) >= 0
    if (!uso) check(libc.ioctlValue(fd, TUNSETOFFLOAD, TSO))
    return { fd, vnet: true, uso }
  } catch (error) {
    closeSync(fd)
    throw error
  }
}

/** What the kernel's end has. */
export function deviceMtu(libc: Libc, name: string): number {
  const fd = libc.socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)
  if (fd < 0) return DEFAULT_MTU
  const request = new Uint8Array(IFREQ_BYTES)
  request.set(Buffer.from(name))
  const isKnown = libc.ioctl(fd, SIOCGIFMTU, request) >= 0
  libc.close(fd)
  return isKnown ? new DataView(request.buffer).getInt32(16, true) : DEFAULT_MTU
}
