// poll, epoll_create, epoll_ctl, epoll_wait.

import type { EpollEvent, PollFd } from '../../kernel/syscalls.ts'
import type { Expression } from '../ast.ts'
import { Mismatch, ScriptError } from '../refusal.ts'
import type { CallBuilder } from './plan.ts'
import { Fields, toNumber } from './values.ts'

export const poll: CallBuilder = (context, args) => {
  const [list] = args
  if (list.kind !== 'array') throw new ScriptError('expected pollfds in brackets')
  const timeoutMs = toNumber(args[2])
  const expected: (number | undefined)[] = []
  const fds: PollFd[] = list.items.map((item) => {
    const fields = new Fields(item, ['fd', 'events', 'revents'])
    const entry = { fd: context.files.of(fields.number('fd') ?? -1), events: fields.number('events') ?? 0, revents: 0 }
    expected.push(fields.number('revents'))
    fields.done()
    return entry
  })
  if (toNumber(args[1]) !== fds.length) throw new ScriptError(`${toNumber(args[1])} pollfds are announced, ${fds.length} are there`)
  return {
    now: () => context.sys.poll(fds),
    later: () => context.sleeping.poll(fds, timeoutMs),
    waits: timeoutMs !== 0,
    check: () => {
      fds.forEach((entry, index) => {
        const wanted = expected[index]
        if (wanted !== undefined && entry.revents !== wanted) throw new Mismatch(`revents of pollfd ${index} is ${hex(entry.revents)}, expected ${hex(wanted)}`)
      })
    },
  }
}

function hex(value: number): string { return `0x${value.toString(16)}` }

export const epoll_create: CallBuilder = context => ({ now: () => context.sys.epoll_create(0), makesDescriptor: true })

/** What the script wants back with an event: a descriptor is kept as the script numbers it. */
function eventData(fields: Fields): number {
  return fields.number('fd') ?? fields.number('ptr') ?? fields.number('u32') ?? fields.number('u64') ?? 0
}

export const epoll_ctl: CallBuilder = (context, args) => {
  const epfd = context.files.of(toNumber(args[0]))
  const op = toNumber(args[1])
  const fd = context.files.of(toNumber(args[2]))
  let event: EpollEvent | undefined
  if (args[3].kind === 'struct') {
    const fields = new Fields(args[3], ['events', 'fd'])
    event = { events: fields.number('events') ?? 0, data: eventData(fields) }
    fields.done()
  }
  return { now: () => context.sys.epoll_ctl(epfd, op, fd, event) }
}

export const epoll_wait: CallBuilder = (context, args) => {
  const epfd = context.files.of(toNumber(args[0]))
  const expected = eventList(args[1])
  const max = toNumber(args[2])
  const timeoutMs = toNumber(args[3])
  const events: EpollEvent[] = Array.from({ length: max }, () => ({ events: 0, data: 0 }))
  return {
    now: () => context.sys.epoll_wait(epfd, events, max),
    later: () => context.sleeping.epoll_wait(epfd, events, max, timeoutMs),
    waits: timeoutMs !== 0,
    check: (count) => {
      for (let i = 0; i < count; i++) checkEvent(expected[i], events[i], i)
    },
  }
}

function eventList(value: Expression): { events: number | undefined, data: number | undefined }[] {
  const items = value.kind === 'array' ? value.items : [value]
  return items.map((item) => {
    const fields = new Fields(item, ['events', 'fd'])
    const entry = { events: fields.number('events'), data: fields.get('fd') === undefined && fields.get('ptr') === undefined ? undefined : eventData(fields) }
    fields.done()
    return entry
  })
}

function checkEvent(expected: { events: number | undefined, data: number | undefined } | undefined, seen: EpollEvent, index: number): void {
  if (expected?.events !== undefined && (seen.events >>> 0) !== (expected.events >>> 0)) {
    throw new Mismatch(`epoll event ${index} is ${hex(seen.events)}, expected ${hex(expected.events)}`)
  }
  if (expected?.data !== undefined && seen.data !== expected.data) throw new Mismatch(`epoll event ${index} carries ${seen.data}, expected ${expected.data}`)
}
