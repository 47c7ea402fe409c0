// Every example runs, shows what its page says (rows N1-N18), and its pages, English and Chinese, hold the very output.

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { env } from 'node:process'
import { describe, expect, it } from 'vitest'
import { EXAMPLES } from '../../examples/index.ts'

/** What a reader must find, in this order. */
const ESSENTIAL: Readonly<Record<string, readonly string[]>> = {
  'n01-hello': ['Flags [S]', 'Flags [S.]', 'connect(0, 10.0.0.2:8000) = 0', 'server[2] accept(0) = 1', 'got "hello"', 'recv(0, 100, 0) = 0'],
  'n02-echo': ['echoed "first"', 'echoed "second line"', 'end-of-file: read gives 0'],
  'n03-iterative': ['client[4]: connected', 'LISTEN recv-q 2', 'you are number 1', 'LISTEN recv-q 1', 'you are number 2', 'LISTEN recv-q 0', 'number 3'],
  'n04-fork-server': ['server[3] begins, child of 2', 'server[4] begins', 'gets signal 17', 'child 3 exited with 0', 'child 4 exited with 0'],
  'n05-unix': ['before bind: connect says ENOENT', 'send-q 768', '"one" from process 4', 'echoed "one"', '"two" from process 5'],
  'n06-close-shutdown': ['SHUT_RD', 'read gives 4, again 0', 'SHUT_WR', 'read gives 0', 'read gives 4, again EAGAIN', 'write gives EPIPE', 'SHUT_RDWR',
    'Flags [R]', 'read gives ECONNRESET, again 0', 'close', 'read gives EBADF'],
  'n07-keepalive': ['the cable is cut', '20005.000', '25005.000', '30005.000', 'read gives ETIMEDOUT', 'read again gives 0'],
  'n08-sticky': ['"loginlistquit"', '"loginlistquit"', '3 message(s) "login" "list" "quit"', '3 message(s) "login" "list" "quit"'],
  'n09-buffer-full': ['send(100000) gives EAGAIN', 'recv-q', 'send gives EAGAIN', 'sleeps in send', 'wakes in send', 'send gives 30000'],
  'n10-udp-connect': ['sendto again gives 7', 'ICMP 10.0.0.2 udp port 9999 unreachable', 'recv gives ECONNREFUSED', 'and the next ECONNREFUSED',
    'EDESTADDRREQ', 'got "anyone?"'],
  'n11-multiplexing': ['sleeps in select', '4 descriptor(s)', 'sleeps in poll', '4 descriptor(s)', 'put on the ready list', 'wakes in epoll_wait', 'visited',
    '1 descriptor(s)'],
  'n12-ping': ['EPERM', 'ICMP echo request, id 77, seq 1', 'ICMP echo reply', '44 bytes, ttl 64, seq 1, 2 ms', 'seq 3, 2 ms'],
  'n13-time-wait': ['gives EADDRNOTAVAIL', 'connect to 8001 gives 0', 'connect to 8000 gives 0', 'SO_REUSEADDR 0: bind gives EADDRINUSE', 'SO_REUSEADDR 1: bind gives 0'],
  'n14-fork-count': ['fork gives 3', 'parent 2, count 11', 'parent 1, count 3', 'child 3 exited with 31, our count is 3', 'the file: 1 11 2 21 3 31'],
  'n15-file': ['again: ', '200000 of 200000 bytes', 'the copy is the same'],
  'n16-mtu': ['13 bytes: EINVAL', '1514 bytes: 1514', '1515 bytes: EMSGSIZE', '1048@2960', '65508 bytes: EMSGSIZE', 'received 65507', '1473 bytes: EMSGSIZE'],
  'n17-boundaries': ['recv(100) gives 6: "sixsix"', 'recv-q 9', 'recv(100) gives 9: "abcabcabc"', 'recv(6) gives 6: "onetwo"', 'recv(100) gives 3', 'recv(2) gives 2'],
  'n18-byte-order': ['04 03 02 01', '01 02 03 04', 'htons(80) = 20480', '16777343 (0x0100007f)', 'UDP header: 01 02 03 04'],
}

const OUTPUT = /(```text\n)[\s\S]*?(```)/

describe('examples', () => {
  for (const name of Object.keys(EXAMPLES)) {
    it(name, async () => {
      const lines: string[] = []
      await (await EXAMPLES[name]()).play(line => { lines.push(line) })
      const whole = `${lines.join('\n')}\n`
      let at = 0
      for (const wanted of ESSENTIAL[name]) {
        const found = whole.indexOf(wanted, at)
        expect(found, `"${wanted}" in its place`).toBeGreaterThanOrEqual(0)
        at = found + wanted.length
      }
      for (const folder of ['docs/examples', 'docs/zh/examples']) {
        const page = `${folder}/${name}.md`
        expect(existsSync(page), page).toBe(true)
        const text = readFileSync(page, 'utf8')
        // `UPDATE_PAGES=1` puts today's output into the pages.
        if (env['UPDATE_PAGES'] === '1') writeFileSync(page, text.replace(OUTPUT, (_all, open: string, close: string) => `${open}${whole}${close}`))
        else for (const wanted of ESSENTIAL[name]) expect(text, page).toContain(wanted)
      }
    })
  }
})
