// Makes a host on a TAP or TUN device out of the stack options, and takes it apart again: at the end, on any error, on
// Ctrl-C. Commands see a Stack; nothing of theirs outlives it.

import type { Errno, Host, NetDevice, Process, Random } from '../src/entry/main.ts'
import { Coalescer, createHost, impair, IpAddress, MacAddress, PacketMemory, Prefix, Trace } from '../src/entry/main.ts'
import type { Libc } from '../src/entry/node.ts'
import { configureHostSide, cryptoRandomSource, loadLibc, openTap, RealClock, SetupError, wasmPlatform } from '../src/entry/node.ts'
import { CaptureFile } from './capture-file.ts'
import { Failure, setup } from './failure.ts'
import { readStackOptions } from './stack-options.ts'
import type { StackOptions, StackOptionTexts } from './stack-options.ts'

/** Reserved, not used: only what packets touch becomes real. */
const PACKET_MEMORY_BYTES = 1 << 30
const LAST_SEGMENTS_MS = 500

export class Stack {
  readonly options: StackOptions
  readonly libc: Libc
  readonly clock: RealClock
  readonly trace = new Trace()
  readonly host: Host
  readonly device: NetDevice
  /** Settles when the user asks to stop. */
  readonly interrupted: Promise<'interrupted'>
  private interrupt: () => void = () => { /* replaced at once */ }
  private capture: CaptureFile | undefined = undefined
  private readonly closers: (() => void)[] = []

  private constructor(options: StackOptions, libc: Libc, isReferenced: boolean) {
    this.options = options
    this.libc = libc
    this.clock = new RealClock(libc, isReferenced)
    this.interrupted = new Promise(resolve => { this.interrupt = () => { resolve('interrupted') } })
    const random = cryptoRandomSource()
    const memory = new PacketMemory({ bytes: PACKET_MEMORY_BYTES, platform: wasmPlatform })
    const tap = openTap({
      name: options.device, kind: options.kind, memory, clock: this.clock, libc, offload: options.offload, busyPollUs: options.busyPollUs,
      address: options.kind === 'tap' ? options.mac ?? randomStation(random.secret) : undefined, mtu: options.mtu,
      isReferenced,
    })
    this.host = createHost({ name: options.name ?? 'sockeye', clock: this.clock, random, memory, trace: this.trace })
    this.device = options.impair === undefined
      ? tap
      : impair(tap, options.impair, { clock: this.clock, random: [random.public, random.public], env: this.host.namespace })
  }

  /** `isReferenced` false: the stack by itself does not keep Node running. */
  static async open(options: StackOptions, isReferenced: boolean = true): Promise<Stack> {
    const libc = await loadLibc()
    const stack = new Stack(options, libc, isReferenced)
    try {
      stack.configure()
      await stack.untilAddressesAreOurs()
      return stack
    } catch (error) {
      stack.release()
      throw error
    }
  }

  private configure(): void {
    const { host, device, options } = this
    const check = (subject: string, result: number | Errno | undefined, advice?: string): void => {
      if (typeof result === 'string') throw setup(subject, result, advice)
    }
    host.addDevice(device)
    // Without the kernel's super-segments we gather our own; an impaired link keeps its packets apart.
    const gathers = !device.features.tso && options.impair === undefined
    if (gathers && device.receiver !== undefined) device.receiver = new Coalescer(device.receiver)
    for (const [name, value] of options.sysctls) {
      const advice = host.sysctl(name) === undefined ? 'there is no setting of that name' : 'the value does not fit the setting'
      const result = host.setSysctl(name, value)
      check(`--sysctl ${name}=${value}`, result, advice)
    }
    if (options.capture !== undefined) this.capture = CaptureFile.open(options.capture, device, this.trace, this.clock)
    // On a link that we made ourselves nobody can have the address; the kernel's end is set up the same way.
    const noDad = options.hostAddresses.length > 0
    for (const address of options.addresses) check(`--address ${address.toString()}`, host.ip.addAddress(device, address, { noDad }))
    for (const gateway of options.gateways) {
      const everything = new Prefix(gateway.family === 4 ? IpAddress.ANY4 : IpAddress.ANY6, 0)
      // A link-local gateway says nothing of its link.
      const link = gateway.isLinkLocal ? { device } : {}
      check(`--gateway ${gateway.toString()}`, host.addRoute({ destination: everything, gateway, ...link }),
        'the gateway must lie in the network of one of our addresses')
    }
    if (options.hostAddresses.length > 0) {
      configureHostSide(this.libc, options.device, { addresses: options.hostAddresses, mtu: options.mtu })
    }
  }

  /** Duplicate address detection (RFC 4862 5.4) takes a second. */
  private async untilAddressesAreOurs(): Promise<void> {
    const own = this.host.ip.addresses().filter(each => this.options.addresses.some(prefix => prefix.address.equals(each.address)))
    while (own.some(each => each.state === 'tentative')) await new Promise(resolve => setTimeout(resolve, 20))
    const taken = own.find(each => each.state === 'duplicate')
    if (taken !== undefined) throw setup(`--address ${taken.prefix.toString()}`, 'EADDRINUSE', 'another station on this link has it')
  }

  spawn(name: string): Process { return this.host.spawn(name) }

  onInterrupt(): void { this.interrupt() }

  /** Runs when the stack goes, before the device does. */
  atClose(closer: () => void): void { this.closers.push(closer) }

  /** Closes what programs left open, gives TCP a moment to say goodbye, and takes everything apart. */
  async close(): Promise<void> {
    const process = this.host.processes
    for (const each of [...process]) each.exit(0)
    await this.untilQuiet()
    this.release()
  }

  private async untilQuiet(): Promise<void> {
    for (let waited = 0; waited < LAST_SEGMENTS_MS && this.host.closingConnections() > 0; waited += 10) {
      await new Promise(resolve => setTimeout(resolve, 10))
    }
  }

  /** At once, without a goodbye. */
  release(): void {
    for (const closer of this.closers.splice(0)) closer()
    this.host.close()
    this.device.close()
    this.capture?.close()
    this.clock.close()
  }
}

/** Locally administered, not a group. */
function randomStation(random: Random): MacAddress { return MacAddress.of(0x0200 | random.below(256), random.next32()) }

/** Runs `main` on a stack made of the options; the exit code. Second Ctrl-C ends at once. */
export async function runOnStack(texts: StackOptionTexts, main: (stack: Stack) => Promise<number>): Promise<number> {
  const options = readStackOptions(texts)
  const stack = await openStack(options, true)
  let signals = 0
  const onSignal = (): void => {
    signals++
    if (signals > 1) process.exit(1)
    stack.onInterrupt()
  }
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal).on('SIGHUP', onSignal)
  try {
    return await main(stack)
  } finally {
    await stack.close()
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal).off('SIGHUP', onSignal)
  }
}

/** Throws Failure for what the host refuses. */
export async function openStack(options: StackOptions, isReferenced: boolean): Promise<Stack> {
  try {
    return await Stack.open(options, isReferenced)
  } catch (error) {
    if (error instanceof SetupError) throw new Failure(error.message, 2)
    throw error
  }
}
