// What a world asks the thread of a host that lives apart while the world stands still, and waits for.

import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import type { Condition } from './messages.ts'

/** How long an answer of a thread that is busy is waited for. */
const PATIENCE_MS = 3000
const ANSWERED = 1

export class Questions {
  /** For the thread: where questions come, and the word it sets to 1 when an answer is there. */
  readonly asked: MessagePort
  readonly answered = new Int32Array(new SharedArrayBuffer(4))
  private readonly port: MessagePort

  constructor() {
    const { port1, port2 } = new MessageChannel()
    this.port = port1
    this.asked = port2
    port1.unref()
  }

  /** Undefined where the thread does not answer in time. */
  ask(): Condition | undefined {
    const { port, answered } = this
    Atomics.store(answered, 0, 0)
    port.postMessage('condition')
    Atomics.wait(answered, 0, 0, PATIENCE_MS)
    return Atomics.load(answered, 0) === ANSWERED ? receiveMessageOnPort(port)?.message as Condition | undefined : undefined
  }

  close(): void { this.port.close() }
}
