// How a world says what went wrong: which host, what, and at which line.

import { fileURLToPath } from 'node:url'

const OWN_FOLDER = new URL('..', import.meta.url).href

/** The frames of a stack that are the user's own, nearest first. */
export function userFrames(stack: string): string[] {
  const own = [OWN_FOLDER, fileURLToPath(OWN_FOLDER)]
  return stack.split('\n').map(each => each.trim()).filter(each => each.startsWith('at ')
    && !each.includes('node:') && !each.includes('(<anonymous>)') && !own.some(folder => each.includes(folder) && !each.includes('.test.')) && !each.includes('/node_modules/vitest/') && !each.includes('/node_modules/@vitest/'))
}

/** `at serve (/home/me/server.js:12:5)`, or nothing where no line of the user's is on the stack. */
export function siteOf(place: { readonly stack?: string }): string {
  const frames = userFrames(place.stack ?? '')
  return frames.find(each => !each.includes('/node_modules/')) ?? frames.at(0) ?? ''
}

/** Each on a line: `caused by Error: connect ECONNREFUSED 10.0.0.1:80`. */
function causesOf(error: unknown): string {
  let lines = ''
  for (let each = error instanceof Error ? error.cause : undefined; each instanceof Error; each = each.cause) lines += `\n  caused by ${String(each)}`
  return lines
}

/** Something a host or its program did. `cause` is what the program threw. */
export class HostFailure extends Error {
  readonly host: string
  readonly what: string
  exitCode: number | undefined = undefined
  readonly about: string | undefined

  /** `about` tells more of what was concerned. */
  constructor(host: string, what: string, cause: unknown, about?: string) {
    const more = about === undefined ? '' : `\n  ${about}`
    const detail = cause === undefined ? '' : `: ${cause instanceof Error ? cause.stack ?? cause.message : String(cause)}${more}${causesOf(cause)}`
    super(`host ${host} ${what}${detail}`, { cause })
    this.name = 'HostFailure'
    this.host = host
    this.what = what
    this.about = about
  }
}

/** Waiting was in vain; the message tells what every host was waiting for. */
export class WorldStuck extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'WorldStuck'
  }
}
