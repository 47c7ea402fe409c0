// What a program's arguments are written as (JSON) and what they stand for; what answers, events and errors are noted as.
'use strict'
const dgram = require('dgram')
const net = require('net')

/** Bytes that tell where they come from: a counter over the letters. */
function bytes(length, from = 0) {
  const buffer = Buffer.allocUnsafe(length)
  for (let i = 0; i < length; i++) buffer[i] = 97 + (i + from) % 26
  return buffer
}

/** `{ $kind: detail }` is a value that JSON has no name for. */
const KINDS = {
  $undefined: () => undefined,
  $nan: () => NaN,
  $infinity: () => Infinity,
  $big: digits => BigInt(digits),
  $symbol: name => Symbol(name),
  $buffer: length => bytes(length),
  $text: length => bytes(length).toString('latin1'),
  $bytes: length => new Uint8Array(bytes(length)),
  $words: length => new Uint16Array(length).fill(0x6261),
  $view: length => new DataView(new Uint8Array(bytes(length)).buffer),
  $error: message => new Error(message),
  $date: ms => new Date(ms),
  $port: (name, player) => player.portOf(name),
  $path: (name, player) => player.pathOf(name),
  $signal: (name, player) => player.signalOf(name),
  $agent: (name, player) => player.agentOf(name),
  $target: (name, player) => player.targets.get(name),
  $function: (label, player, owner) => player.callback(label, owner),
  $does: ([label, ops], player, owner) => player.callback(label, owner, ops),
  $lookup: ([label, answers, options], player, owner) => player.lookup(label, answers, options, owner),
  $onread: ([size, stops], player, owner) => player.onread(size, stops, owner),
  $blocked: addresses => {
    const list = new net.BlockList()
    for (const address of addresses) list.addAddress(address, net.isIPv6(address) ? 'ipv6' : 'ipv4')
    return list
  },
}

function revive(value, player, owner) {
  if (Array.isArray(value)) return value.map(each => revive(each, player, owner))
  if (value === null || typeof value !== 'object') return value
  const [first] = Object.keys(value)
  if (first?.startsWith('$')) return KINDS[first](value[first], player, owner)
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, revive(each, player, owner)]))
}

function describeError(error, player) {
  const { name, message, code } = error
  // `bytesParsed` of a wrong request that came in pieces is the distance between two buffers.
  const own = Object.fromEntries(Object.keys(error).filter(key => key !== 'bytesParsed').map(key => [key, describe(error[key], player)]))
  return { name, message, code, ...own, ...error.cause !== undefined && { cause: describe(error.cause, player) } }
}

const IN_FULL = 40

function describeObject(value, player) {
  const name = player.names.get(value)
  if (name !== undefined) return `<${name}>`
  if (value instanceof Error) return describeError(value, player)
  if (ArrayBuffer.isView(value)) {
    const text = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1')
    return `<${value.constructor.name} ${value.byteLength}> ${text.length > IN_FULL ? text.slice(0, 8) : text}`
  }
  if (Array.isArray(value)) return value.map(each => describe(each, player))
  if (value instanceof net.Socket || value instanceof net.Server || value instanceof dgram.Socket) return `<some ${value.constructor.name}>`
  if (value.constructor !== undefined && value.constructor !== Object) return `<${value.constructor.name}>`
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, describe(each, player)]))
}

function describe(value, player) {
  switch (typeof value) {
    case 'undefined': return '<undefined>'
    case 'function': return '<function>'
    case 'bigint': case 'symbol': return `<${String(value)}>`
    case 'number': return Number.isFinite(value) ? value : `<${value}>`
    case 'string': return value.length > IN_FULL * 4 ? `<${value.length} characters> ${value.slice(0, 8)}` : value
    case 'object': return value === null ? null : describeObject(value, player)
    default: return value
  }
}

/** Where the program was started from is no part of what it saw, nor is which of the free ports it was given. */
function normalized(logs, folder) {
  const ports = new Map()
  const portName = port => {
    if (!ports.has(port)) ports.set(port, `P${ports.size + 1}`)
    return ports.get(port)
  }
  const walk = value => {
    if (typeof value === 'number') return value >= 32768 && value <= 60999 ? portName(String(value)) : value
    if (typeof value === 'string') return value.replaceAll(folder, 'FOLDER').replace(/\b(3276[89]|327[7-9]\d|32[89]\d\d|3[3-9]\d{3}|[45]\d{4}|60\d{3})\b/g, portName)
    if (Array.isArray(value)) return value.map(walk)
    return value === null || typeof value !== 'object' ? value : Object.fromEntries(Object.entries(value).map(([key, each]) => [key, walk(each)]))
  }
  return walk(logs)
}

module.exports = { bytes, describe, normalized, revive }
