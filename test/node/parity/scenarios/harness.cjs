// Runs scenarios one after the other and prints what each saw, as JSON. Nothing here or in the scenarios says whose network it is.
'use strict'
const { execFileSync } = require('child_process')
const fs = require('fs')
const os = require('os')
const path = require('path')

const EVENTS = ['lookup', 'connect', 'ready', 'data', 'end', 'finish', 'drain', 'timeout', 'error', 'close', 'listening', 'connection', 'drop',
  'message', 'connectionAttempt', 'connectionAttemptFailed', 'connectionAttemptTimeout', 'secureConnect', 'secureConnection', 'tlsClientError']

/** What a program can see of an error. */
function describeError(error) {
  if (!(error instanceof Error)) return error
  const { name, code } = error
  // OpenSSL puts a number of the thread into its texts.
  const message = error.message.replace(/^[0-9A-F]{16}:/, '')
  const own = Object.fromEntries(Object.entries(error).filter(([, value]) => typeof value !== 'object' || value === null))
  const shown = { name, message, code, ...own }
  if (error.errors !== undefined) shown.errors = error.errors.map(describeError)
  return shown
}

function describe(value) {
  if (value instanceof Error) return describeError(value)
  if (Buffer.isBuffer(value)) return value.length > 40 ? `bytes ${value.length}` : value.toString('latin1')
  if (Array.isArray(value)) return value.map(describe)
  if (value !== null && typeof value === 'object') {
    if (value.constructor !== undefined && value.constructor !== Object) return value.constructor.name
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, describe(each)]))
  }
  if (typeof value === 'function') return 'function'
  return value
}

/** A machine that never lets a step pass undisturbed gets what comes. */
const MOST_TIMES = 8

/** Notes how long the event loop stood still. */
class Pulse {
  longest = 0
  last = performance.now()
  timer = setInterval(() => { this.beat() }, 1)
  beat() {
    const now = performance.now()
    this.longest = Math.max(this.longest, now - this.last)
    this.last = now
  }

  stop() {
    clearInterval(this.timer)
    this.beat()
    return this.longest
  }
}

class Log {
  lines = []
  names = new Map()
  say(...values) { this.lines.push(values.map(describe)) }
  /** Notes each event of the emitter. */
  follow(emitter, wanted, events = EVENTS) {
    const count = (this.names.get(wanted) ?? 0) + 1
    this.names.set(wanted, count)
    const name = count === 1 ? wanted : `${wanted}${count}`
    for (const event of events) emitter.on(event, (...values) => { this.say(`${name} ${event}`, ...values) })
    return emitter
  }

  /**
   * A step in which something races a time-out of `ms`: taken again, and what it told forgotten, when the event loop itself stood
   * still for half of that: asked of the clock alone, never of what came out. The step ends all it began.
   */
  async undisturbed(ms, step) {
    for (let times = 1; ; times++) {
      const [told, names, pulse] = [this.lines.length, new Map(this.names), new Pulse()]
      await step()
      await after(5)
      if (pulse.stop() < ms / 2 || times === MOST_TIMES) return
      this.lines.length = told
      this.names = names
    }
  }

  /** What the call throws, or answers. */
  attempt(name, call) {
    try {
      const value = call()
      this.say(name, 'answers', value)
      return value
    } catch (error) {
      this.say(name, 'throws', error)
      return undefined
    }
  }

  async wait(name, promise) {
    try {
      this.say(name, 'resolves', await promise)
    } catch (error) {
      this.say(name, 'rejects', error)
    }
  }
}

/** Ports chosen by chance are numbered in the order of their appearance. */
function normalize(lines) {
  const known = new Map()
  const name = port => {
    if (!known.has(port)) known.set(port, `P${known.size + 1}`)
    return known.get(port)
  }
  const walk = value => {
    if (typeof value === 'number') return value >= 32768 && value <= 60999 ? name(String(value)) : value
    if (typeof value === 'string') return value.replace(/\b(3276[89]|327[7-9]\d|32[89]\d\d|3[3-9]\d{3}|[45]\d{4}|60\d{3})\b/g, name)
    if (Array.isArray(value)) return value.map(walk)
    return value === null || typeof value !== 'object' ? value : Object.fromEntries(Object.entries(value).map(([key, each]) => [key, walk(each)]))
  }
  return walk(JSON.parse(JSON.stringify(lines)))
}

const once = (emitter, event) => new Promise(resolve => { emitter.once(event, resolve) })
const sleep = ms => new Promise(resolve => { setTimeout(resolve, ms) })
/**
 * Time as the program lives it: so many turns of the event loop, a millisecond each at least. What needs a few turns to come has
 * come after them however long the machine kept the process from running; a plain sleep is over when the process wakes.
 */
const after = async ms => { for (let i = 0; i < ms; i++) { await sleep(1); await turn() } }
const turn = () => new Promise(resolve => { setImmediate(resolve) })
/** Waits for what comes whatever the machine's speed, and stays: asked in each turn of the event loop, up to the scenario's end. */
const until = async condition => { while (!condition()) await turn() }
const within = (promise, ms) => Promise.race([promise, sleep(ms).then(() => { throw new Error('the scenario did not end') })])

async function main(scenarios) {
  const [wanted] = process.argv.slice(2)
  const results = {}
  let current
  process.on('uncaughtException', error => { current?.say('uncaught', error) })
  for (const [name, scenario] of Object.entries(scenarios)) {
    if (wanted !== undefined && wanted !== name) continue
    const log = current = new Log()
    try {
      await within(scenario(log), 20_000)
    } catch (error) {
      log.say('scenario failed', error)
    }
    await after(50) // What comes late: close events
    results[name] = normalize(log.lines)
  }
  process.stdout.write(JSON.stringify(results), () => { process.exit(0) })
}

/** Names of methods, whoever of the class's forebears has them. */
function namesOf(Class) {
  const names = new Set()
  for (let level = Class.prototype; level !== Object.prototype; level = Object.getPrototypeOf(level)) for (const name of Object.getOwnPropertyNames(level)) names.add(name)
  return [...names].sort()
}

/** A key and its own certificate, for localhost. */
function certificate() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'parity-'))
  try {
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', `${folder}/key`,
      '-out', `${folder}/cert`, '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-days', '2'], { stdio: 'ignore' })
    return { key: fs.readFileSync(`${folder}/key`), cert: fs.readFileSync(`${folder}/cert`) }
  } finally {
    fs.rmSync(folder, { recursive: true })
  }
}

module.exports = { main, once, after, until, namesOf, certificate }
