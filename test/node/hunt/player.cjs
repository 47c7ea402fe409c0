// Plays one program after the other (a line of JSON each on standard input) on whatever network this process has, and answers
// each with what every socket saw: answers, callbacks and events in their order, and at rest what changed of its properties.
'use strict'
const dgram = require('dgram')
const dns = require('dns')
const fs = require('fs')
const http = require('http')
const net = require('net')
const os = require('os')
const path = require('path')
const readline = require('readline')
const { describe, normalized, revive } = require('./values.cjs')

const FOLDER = fs.mkdtempSync(path.join(os.tmpdir(), 'hunt-'))
/** The world is at rest after so many turns in which nobody was told of anything. */
const QUIET_TURNS = Number(process.env.HUNT_QUIET_TURNS ?? 12)
const LONGEST_MS = 2000
const LONGEST_TURN_MS = 20
/** A stream asked for at rest. */
const PROPERTIES = {
  socket: ['readyState', 'pending', 'connecting', 'destroyed', 'closed', 'errored', 'bytesRead', 'bytesWritten', 'bufferSize', 'timeout', 'localAddress',
    'localPort', 'localFamily', 'remoteAddress', 'remotePort', 'remoteFamily', 'readable', 'readableEnded', 'readableFlowing', 'readableLength', 'readableAborted',
    'readableDidRead', 'writable', 'writableEnded', 'writableFinished', 'writableLength', 'writableNeedDrain', 'writableCorked', 'writableAborted', 'allowHalfOpen',
    'autoSelectFamilyAttemptedAddresses'],
  server: ['listening', '_connections', 'maxConnections'],
  dgram: [],
}

const turn = () => new Promise(resolve => { setImmediate(resolve) })
let lookups = 0
const ownLookup = dns.lookup
/** What names the machine knows is its own business: `localhost` is the same everywhere. */
dns.lookup = Object.assign(function lookup(host, options, callback) {
  const answer = typeof options === 'function' ? options : callback
  if (host !== 'localhost' || typeof answer !== 'function') return ownLookup.apply(this, arguments)
  const found = options === 6 || options?.family === 6 ? '::1' : '127.0.0.1'
  process.nextTick(() => {
    if (options?.all) answer(null, [{ address: found, family: net.isIP(found) }])
    else answer(null, found, net.isIP(found))
  })
  return {}
}, ownLookup)

const kindOf = target => target instanceof net.Socket ? 'socket' : target instanceof net.Server ? 'server' : target instanceof dgram.Socket ? 'dgram' : undefined

class Player {
  targets = new Map()
  names = new Map()
  logs = {}
  states = new Map()
  aborts = new Map()
  agents = new Map()
  counts = new Map()
  ports = new Map()
  activity = 0
  accepted = 0
  rest = 0
  isOver = false
  /** How much of large writes comes at a time is chance: then only sums are noted, at rest. */
  isBulk = false
  received = new Map()

  constructor(program) { this.isBulk = JSON.stringify(program).includes('{"$buffer":300000}') }

  say(owner, ...values) {
    this.activity++
    if (this.isOver || this.isBulk && this.isPiece(owner, values)) return
    const log = this.logs[owner] ??= []
    const line = values.map(each => describe(each, this))
    log.push(line)
  }

  isPiece(owner, [what, first, second]) {
    const piece = [first, second].find(each => ArrayBuffer.isView(each) || typeof each === 'string')
    if (piece !== undefined && ['data', 'read', 'iterated', 'onread'].includes(what)) this.received.set(owner, (this.received.get(owner) ?? 0) + piece.length)
    else if (what !== 'readable' && what !== 'pause' && what !== 'resume') return false
    return true
  }

  // --- what arguments stand for

  portOf(name) { return this.ports.get(name) ?? 1 }
  pathOf(name) { return path.join(FOLDER, name) }

  signalOf(name) {
    if (!this.aborts.has(name)) this.aborts.set(name, new AbortController())
    return this.aborts.get(name).signal
  }

  agentOf(name) {
    if (!this.agents.has(name)) this.agents.set(name, new http.Agent({ keepAlive: true, ...name === 'one' && { maxSockets: 1 } }))
    return this.agents.get(name)
  }

  callback(label, owner, ops = []) {
    const player = this
    return function told(...args) {
      player.say(owner, `${label} called`, ...args, ...this === player.targets.get(owner) || this === undefined ? [] : ['this', this])
      player.run(ops)
    }
  }

  lookup(label, answers, { sync = false, fails = false } = {}, owner) {
    return (host, options, callback) => {
      this.say(owner, `${label} asked`, host, options)
      lookups++
      const answer = () => {
        lookups--
        if (fails) callback(Object.assign(new Error('lookup failed'), { code: 'ENOTFOUND', hostname: host }))
        else if (options.all) callback(null, answers.map(address => ({ address, family: net.isIP(address) })))
        else callback(null, answers[0], net.isIP(answers[0]))
      }
      if (sync) answer()
      else process.nextTick(answer)
    }
  }

  onread(size, stops, owner) {
    return { buffer: Buffer.alloc(size), callback: (count, buffer) => {
      this.say(owner, 'onread', count, buffer.subarray(0, count))
      return !stops
    } }
  }

  // --- sockets and servers

  /** From now on every event of it is noted, listened to or not. */
  follow(name, target) {
    this.targets.set(name, target)
    this.names.set(target, name)
    const { emit } = target
    target.emit = (event, ...args) => {
      this.told(name, target, event, args)
      return emit.call(target, event, ...args)
    }
    target.on('error', () => undefined)
  }

  told(name, target, event, args) {
    if (target instanceof http.Server) {
      this.toldHttp(target, event, args)
    } else if (target instanceof http.ClientRequest) {
      if (['response', 'information', 'upgrade', 'connect'].includes(event) && args[0] instanceof http.IncomingMessage) this.follow(`m${name.slice(1)}`, args[0])
    } else if (event === 'connection') {
      const accepted = args[0]
      this.follow(`a${++this.accepted}`, accepted)
      // Whoever accepts: the server is told in one order, and each of its sockets has a log of its own.
    }
    if (event === 'listening') this.notePort(name, target)
    this.say(name, String(event), ...args)
  }

  /** Its sockets are the parser's: who listens to them is Node's own business. */
  toldHttp(server, event, [asked, answer]) {
    if (!(asked instanceof http.IncomingMessage)) return
    const count = (this.counts.get(server) ?? 0) + 1
    this.counts.set(server, count)
    this.follow(`q${count}`, asked)
    if (answer instanceof http.ServerResponse) this.follow(`r${count}`, answer)
  }

  notePort(name, target) {
    try {
      const address = target.address()
      if (typeof address?.port === 'number') this.ports.set(name, address.port)
    } catch { /* not bound */ }
  }

  // --- operations

  run(ops) { for (const op of ops) this.perform(op) }

  perform([verb, ...rest]) {
    const method = OPERATIONS[verb]
    method(this, ...rest)
  }

  /** What the call answers or throws. */
  attempt(owner, what, call) {
    try {
      const value = call()
      this.say(owner, what, 'answers', value === this.targets.get(owner) ? '<itself>' : value)
      return value
    } catch (error) {
      this.say(owner, what, 'throws', error)
      return undefined
    }
  }

  // --- rest

  isBusy() { return lookups > 0 || [...this.targets.values()].some(each => each.connecting === true) }

  async settle() {
    let lived = 0
    for (let still = 0; still < QUIET_TURNS && lived < LONGEST_MS;) {
      const [before, began] = [this.activity, performance.now()]
      await turn()
      still = this.activity === before && !this.isBusy() ? still + 1 : 0
      // A process that is held up does not find its time gone.
      lived += Math.min(performance.now() - began, LONGEST_TURN_MS)
    }
    // Timers come before the network is looked at, and the ends of sockets behind it: so do programs that begin anew.
    await new Promise(resolve => { setTimeout(resolve, 0) })
    for (const [name, count] of this.received) if (count >= 300000) this.say(name, 'received all')
    for (const [name, target] of this.targets) this.noteState(name, target)
    this.rest++
  }

  noteState(name, target) {
    const before = this.states.get(name) ?? {}
    const now = {}
    const hidden = this.isBulk ? ['bytesRead', 'bytesWritten', 'readableLength', 'bufferSize', 'writableLength'] : []
    for (const property of PROPERTIES[kindOf(target)] ?? []) {
      if (hidden.includes(property)) continue
      let value
      try { value = describe(target[property], this) } catch (error) { value = describe(error, this) }
      now[property] = value
    }
    this.states.set(name, now)
    const changed = Object.entries(now).filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(before[key]))
    if (changed.length > 0) this.say(name, `rest ${this.rest}`, Object.fromEntries(changed))
  }

  async clear() {
    for (const [name, target] of this.targets) {
      const kind = kindOf(target)
      try {
        if (kind === 'socket' || target instanceof http.ClientRequest) target.destroy()
        else if (target instanceof http.Server) target.close().closeAllConnections()
        else if (kind === undefined) continue
        else target.close()
      } catch (error) { this.say(name, 'cleared', error) }
    }
    for (const agent of this.agents.values()) agent.destroy()
    await this.settle()
    this.isOver = true
  }
}

const MAKERS = {
  'net.connect': (...args) => net.connect(...args),
  'net.createServer': (...args) => net.createServer(...args),
  'net.Socket': (...args) => new net.Socket(...args),
  'net.Server': (...args) => new net.Server(...args),
  'http.createServer': (...args) => http.createServer(...args),
  'http.request': (...args) => http.request(...args),
  'dgram.createSocket': (...args) => dgram.createSocket(...args),
}

const LATER = {
  tick: run => { process.nextTick(run) },
  micro: run => { queueMicrotask(run) },
}

async function iterate(player, name, target, count) {
  try {
    let seen = 0
    for await (const chunk of target) {
      player.say(name, 'iterated', chunk)
      if (++seen === count) break
    }
    player.say(name, 'iteration over')
  } catch (error) {
    player.say(name, 'iteration failed', error)
  }
}

const OPERATIONS = {
  make(player, name, maker, ...args) {
    if (player.targets.has(name)) return
    let made
    player.attempt(name, maker, () => {
      made = MAKERS[maker](...revive(args, player, name))
      return '<made>'
    })
    if (made !== undefined) player.follow(name, made)
  },
  call(player, name, method, ...args) {
    const target = player.targets.get(name)
    if (target === undefined) return
    player.attempt(name, method, () => {
      const value = target[method](...revive(args, player, name))
      return typeof value?.then === 'function' ? OPERATIONS.await(player, name, method, value) : value
    })
  },
  await(player, name, what, promise) {
    promise.then(value => { player.say(name, what, 'resolves', value) }, error => { player.say(name, what, 'rejects', error) })
    return '<promise>'
  },
  get(player, name, ...properties) {
    const target = player.targets.get(name)
    if (target !== undefined) for (const each of properties) player.attempt(name, `.${each}`, () => target[each])
  },
  set(player, name, property, value) {
    const target = player.targets.get(name)
    if (target !== undefined) player.attempt(name, `.${property}=`, () => { target[property] = revive(value, player, name) })
  },
  /** The next time. */
  once(player, name, event, ops) { player.targets.get(name)?.once(event, () => { player.run(ops) }) },
  on(player, name, event, ops = []) { player.targets.get(name)?.on(event, () => { player.run(ops) }) },
  /** When it comes for the time `count`. */
  nth(player, name, event, count, ops) {
    let seen = 0
    player.targets.get(name)?.on(event, () => { if (++seen === count) player.run(ops) })
  },
  off(player, name, event) { player.targets.get(name)?.removeAllListeners(event) },
  /** Reads whenever it may, as programs in paused mode do. */
  readsAll(player, name) {
    const target = player.targets.get(name)
    target?.on('readable', () => { for (let chunk; (chunk = target.read()) !== null;) player.say(name, 'read', chunk) })
  },
  iterate(player, name, count) {
    const target = player.targets.get(name)
    if (target?.[Symbol.asyncIterator] !== undefined) void iterate(player, name, target, count)
  },
  dispose(player, name) {
    const target = player.targets.get(name)
    if (target !== undefined) player.attempt(name, 'asyncDispose', () => OPERATIONS.await(player, name, 'asyncDispose', target[Symbol.asyncDispose]()))
  },
  abort(player, name, reason) {
    player.signalOf(name)
    player.aborts.get(name).abort(revive(reason, player, name))
  },
  at(player, moment, ops) {
    player.activity++
    LATER[moment](() => { player.run(ops) })
  },
  throw(player, message) { throw new Error(message) },
  wait() { /* in play() */ },
}

let current
process.on('uncaughtException', error => { current?.say('process', 'uncaught', error) })
process.on('unhandledRejection', error => { current?.say('process', 'unhandled', error) })

async function play(program) {
  const player = current = new Player(program)
  for (const ops of program) {
    try { player.run(ops) } catch (error) { player.say('process', 'thrown', error) }
    const [, ms] = ops.find(([verb]) => verb === 'wait') ?? []
    if (ms !== undefined) await new Promise(resolve => { setTimeout(resolve, ms) })
    await player.settle()
  }
  await player.clear()
  return normalized(player.logs, FOLDER)
}

async function main() {
  process.on('exit', () => { fs.rmSync(FOLDER, { recursive: true, force: true }) })
  process.title = 'node'
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const { id, program } = JSON.parse(line)
    const logs = await play(program)
    process.stdout.write(`${JSON.stringify({ id, logs })}\n`)
  }
  process.exit(0)
}

void main()
