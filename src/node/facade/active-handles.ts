// What keeps Node running, as process.getActiveResourcesInfo() and process._getActiveHandles() tell it: Node's own list and the handles
// of one stack, by the names that Node has for them.

import { SYMBOLS } from '../net/internals.ts'

interface ListedHandle { hasRef(): boolean, readonly isConnecting?: boolean }

/** By the type of the asynchronous resource. */
const NAMES: Readonly<Record<string, string>> = { TCPWRAP: 'TCPSocketWrap', TCPSERVERWRAP: 'TCPServerWrap', UDPWRAP: 'UDPWrap' }
const OTHER_NAME = 'PipeWrap'
/** How Node calls the one timer that stands for handles of ours (dispatcher.ts). */
const STAND_IN = 'Timeout'

export class ActiveHandles {
  private readonly open = new Map<ListedHandle, string>()

  /** NodeStack.onHandle. */
  readonly onHandle = (handle: object, type: string): (() => void) => {
    const listed = handle as ListedHandle
    this.open.set(listed, NAMES[type] ?? OTHER_NAME)
    return () => { this.open.delete(listed) }
  }

  private get referenced(): ListedHandle[] { return [...this.open.keys()].filter(each => each.hasRef()) }

  resourcesInfo(native: () => string[], isHeld: boolean): string[] {
    const theirs = native()
    const at = isHeld ? theirs.indexOf(STAND_IN) : -1
    const others = theirs.filter((_, i) => i !== at)
    const ours = this.referenced
    const connecting = ours.filter(each => each.isConnecting === true).map(() => 'TCPConnectWrap')
    return [...connecting, ...ours.map(each => this.open.get(each) ?? OTHER_NAME), ...others]
  }

  /** The sockets and servers that own them. */
  owners(): object[] {
    return this.referenced.map(each => (each as unknown as Record<symbol, object | undefined>)[SYMBOLS.owner] ?? each)
  }
}

type Listing<T> = () => T[]
interface ListingProcess { getActiveResourcesInfo: Listing<string>, _getActiveHandles: Listing<object> }

interface ListingStack { readonly handles?: ActiveHandles, readonly keepAlive: { readonly isHeld?: boolean } }

/** The functions that take the place of the process's own. */
export function activeListings(stackOf: () => ListingStack | undefined): ListingProcess {
  const { getActiveResourcesInfo, _getActiveHandles } = process as unknown as ListingProcess
  return {
    getActiveResourcesInfo: () => {
      const stack = stackOf()
      const native = (): string[] => getActiveResourcesInfo.call(process)
      return stack?.handles === undefined ? native() : stack.handles.resourcesInfo(native, stack.keepAlive.isHeld === true)
    },
    _getActiveHandles: () => [..._getActiveHandles.call(process), ...stackOf()?.handles?.owners() ?? []],
  }
}
