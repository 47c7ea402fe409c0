// Sockets of ours cannot be passed to other processes, whose kernel does not know them: child.send(message, socket) says so, as it does
// of any other handle that cannot be sent. (Node's native channel would take our handle for one of its own, and crash.)

import { ChildProcess } from 'node:child_process'
import { FdHandle } from '../facade/fd-handle.ts'
import { oursBelow } from '../net/native-bridge.ts'

type Send = (this: object, message: unknown, handle?: unknown, ...rest: unknown[]) => boolean
interface Channel { send?: Send }

function isOurs(handle: unknown): boolean {
  if (typeof handle !== 'object' || handle === null) return false
  const { _handle: inner } = handle as { _handle?: unknown }
  return [handle, inner, oursBelow(inner)].some(each => each instanceof FdHandle)
}

/** Answers what undoes it. */
function refusing(channel: Channel): () => void {
  const { send } = channel
  if (send === undefined) return () => { /* no channel */ }
  channel.send = function sendWithoutOurs(message, handle, ...rest) {
    if (isOurs(handle)) throw Object.assign(new TypeError('This handle type cannot be sent'), { code: 'ERR_INVALID_HANDLE_TYPE' })
    return send.call(this, message, handle, ...rest)
  }
  return () => { channel.send = send }
}

/** Answers what undoes it for processes to come. */
export function refusePassing(): () => void {
  const prototype = ChildProcess.prototype as unknown as { spawn(...args: unknown[]): unknown }
  const native = prototype.spawn
  prototype.spawn = function spawn(this: Channel, ...args) {
    const result = native.apply(this, args)
    refusing(this)
    return result
  }
  const allowAgain = refusing(process as Channel)
  return () => {
    prototype.spawn = native
    allowAgain()
  }
}
