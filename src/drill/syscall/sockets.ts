// socket, bind, listen, accept, connect, shutdown, close, getsockname, getpeername.

import type { AddressHolder } from '../../kernel/syscalls.ts'
import { AF_INET, AF_INET6, SOCK_STREAM } from '../../base/posix.ts'
import type { Expression } from '../ast.ts'
import { Mismatch } from '../refusal.ts'
import { TCP, UDP } from '../packet/image.ts'
import type { CallBuilder, CallContext, SocketAddress } from './plan.ts'
import { isEllipsis, socketAddress, toNumber } from './values.ts'

function familyNumber(context: CallContext): number { return context.settings.family === 'ipv4' ? AF_INET : AF_INET6 }

/** `...` stands for the address the family is tested with. */
export function addressOr(context: CallContext, value: Expression | undefined, which: 'local' | 'remote'): SocketAddress {
  if (value !== undefined && !isEllipsis(value)) return socketAddress(value)
  const { settings } = context
  const address = which === 'local' ? settings.local : settings.remote
  const port = which === 'local' ? settings.bindPort : settings.connectPort
  return settings.family === 'ipv4' ? { family: 'AF_INET', address, port } : { family: 'AF_INET6', address, port, flowinfo: 0, scopeId: 0 }
}

/** Compares an address a call reported with a written one. */
export function checkAddress(value: Expression | undefined, seen: SocketAddress | undefined, what: string): void {
  if (value === undefined || isEllipsis(value) || value.kind === 'name') return
  const expected = socketAddress(value)
  const same = seen !== undefined && seen.family === expected.family
    && (!('port' in expected) || !('port' in seen) || (seen.port === expected.port && seen.address.equals(expected.address)))
  if (!same) throw new Mismatch(`${what} reported ${describeAddress(seen)}, expected ${describeAddress(expected)}`)
}

function describeAddress(address: SocketAddress | undefined): string {
  if (address === undefined) return 'no address'
  return 'port' in address ? `${address.address.toString()} port ${address.port}` : address.family
}

export const socket: CallBuilder = (context, args) => {
  const family = isEllipsis(args[0]) ? familyNumber(context) : toNumber(args[0])
  const type = toNumber(args[1])
  const protocol = toNumber(args[2])
  return {
    now: () => context.sys.socket(family, type, protocol),
    makesDescriptor: true,
    check: (fd) => {
      const isStream = (type & 15) === SOCK_STREAM
      context.connections.socketMade(fd, isStream, protocol !== 0 ? protocol : isStream ? TCP : UDP)
    },
  }
}

export const bind: CallBuilder = (context, args) => {
  const fd = context.files.of(toNumber(args[0]))
  const address = addressOr(context, args[1], 'local')
  return {
    now: () => context.sys.bind(fd, address),
    check: () => { if ('port' in address) context.connections.bound(fd, address.port, address.address) },
  }
}

export const listen: CallBuilder = (context, args) => {
  const fd = context.files.of(toNumber(args[0]))
  const backlog = toNumber(args[1])
  return { now: () => context.sys.listen(fd, backlog), check: () => { context.connections.listening(fd) } }
}

export const accept: CallBuilder = (context, args) => {
  const fd = context.files.of(toNumber(args[0]))
  const flags = args.length > 3 ? toNumber(args[3]) : 0
  const peer: AddressHolder = { address: undefined }
  return {
    now: () => context.sys.accept(fd, peer, flags),
    later: () => context.sleeping.accept(fd, peer, flags),
    makesDescriptor: true,
    sleepsOn: fd,
    check: (accepted) => {
      const name = peer.address ?? context.sys.getpeername(accepted)
      context.connections.accepted(accepted, typeof name === 'object' && 'port' in name ? name.port : 0)
      checkAddress(args[1], peer.address, 'accept')
    },
  }
}

export const connect: CallBuilder = (context, args) => {
  const fd = context.files.of(toNumber(args[0]))
  const address = addressOr(context, args[1], 'remote')
  const announce = (): void => { if ('port' in address) context.connections.connecting(fd, address.address, address.port) }
  return {
    now: () => { announce(); return context.sys.connect(fd, address) },
    later: () => { announce(); return context.sleeping.connect(fd, address) },
    sleepsOn: fd,
  }
}

export const shutdown: CallBuilder = (context, args) => {
  const fd = context.files.of(toNumber(args[0]))
  const how = toNumber(args[1])
  return { now: () => context.sys.shutdown(fd, how) }
}

export const close: CallBuilder = (context, args) => {
  const script = toNumber(args[0])
  const fd = context.files.of(script)
  const forget = (): void => {
    context.files.close(script)
    context.connections.closed(fd)
  }
  return {
    now: () => context.sys.close(fd),
    later: () => context.sleeping.close(fd),
    check: forget,
  }
}

function nameCall(which: 'getsockname' | 'getpeername'): CallBuilder {
  return (context, args) => {
    const fd = context.files.of(toNumber(args[0]))
    let seen: SocketAddress | undefined
    return {
      now: () => {
        const answer = context.sys[which](fd)
        if (typeof answer === 'string') return answer
        seen = answer
        return 0
      },
      check: () => { checkAddress(args[1], seen, which) },
    }
  }
}

export const getsockname = nameCall('getsockname')
export const getpeername = nameCall('getpeername')
