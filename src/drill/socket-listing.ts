// `ss ... | grep ...` and the grep over /proc/net/tcp: the suite's ways of asking which sockets there are.

import { Mismatch, NotApplicable } from './refusal.ts'

/** One socket as `ss -n` shows it, addresses without brackets. */
export interface ListedSocket {
  readonly family: 4 | 6
  readonly state: string
  readonly local: string
  readonly localPort: number
  readonly peer: string
}

const STATES_IN_PROC: Readonly<Record<string, string>> = { '0A': 'LISTEN', '01': 'ESTAB', '06': 'TIME-WAIT' }

/** Throws Mismatch when the pipeline would have found nothing, NotApplicable when it is none we know. */
export function checkListing(text: string, sockets: readonly ListedSocket[]): void {
  const [command = '', ...filters] = text.split('|').map(each => each.trim())
  if (command.startsWith('grep ')) { checkProc(text, command, filters, sockets); return }
  const words = filters.map((each) => {
    const word = /^grep\s+(?:-q\s+)?"?([^\s"]+)"?$/.exec(each)?.[1]
    return word ?? unknown(text)
  })
  const lines = sockets.filter(chosenBy(command, text)).map(each => `${each.state} ${each.local}:${each.localPort} ${each.peer}`)
  if (words.length > 0 && !lines.some(line => words.every(word => line.includes(word)))) throw new Mismatch(`no socket for \`${text}\`: ${lines.join('; ')}`)
}

function unknown(text: string): never { throw new NotApplicable(`shell command \`${text}\``) }

/** Sockets that the options and filters of `ss` leave. */
function chosenBy(command: string, text: string): (socket: ListedSocket) => boolean {
  const family = /\s-4\b/.test(command) ? 4 : /\s-6\b/.test(command) ? 6 : undefined
  const state = /\sstate\s+(\S+)/.exec(command)?.[1]
  const port = /sport\s*=\s*:(\d+)/.exec(command)?.[1]
  const source = /\ssrc\s+([^\s/]+)/.exec(command)?.[1]
  const rest = command.replace(/^ss\b|\s-[46natopeim]+\b|\s--\w+|\sstate\s+\S+|'\(\s*sport\s*=\s*:\d+\s*\)'|\ssrc\s+\S+/g, '').trim()
  if (rest !== '') unknown(text)
  return socket => (family === undefined || socket.family === family)
    && (state === undefined ? socket.state !== 'LISTEN' && socket.state !== 'TIME-WAIT' : socket.state === state)
    && (port === undefined || socket.localPort === Number(port)) && (source === undefined || socket.local === source)
}

function checkProc(text: string, command: string, filters: readonly string[], sockets: readonly ListedSocket[]): void {
  const state = /^grep " ([0-9A-F]{2}) " \/proc\/net\/tcp \/proc\/net\/tcp6$/.exec(command)?.[1]
  const port = filters.length === 1 ? /^grep ":([0-9A-F]{4})"$/.exec(filters[0])?.[1] : undefined
  const wanted = STATES_IN_PROC[state ?? '']
  if (wanted === undefined || port === undefined) unknown(text)
  if (!sockets.some(each => each.state === wanted && each.localPort === Number.parseInt(port, 16))) throw new Mismatch(`no socket in ${wanted} at port ${Number.parseInt(port, 16)}`)
}
