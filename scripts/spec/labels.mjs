// Finds requirement labels in text: `RFC 9293 MUST-40`, `MUST-36, SHLD-29`, `RFC 6298 5.4-5.7`, `RFC 5681 3.1a`. A label is
// answered as `9293 MUST-40` or `6298 5.4`; documents without a file under spec/ are passed over.

const NAMED = /\b(?:MUST|SHLD|MAY|REC)-\d+\b/g
const PLACE = '\\d{1,2}(?:\\.\\d{1,2})*[a-z]?(?![\\w])'
const NUMBERED = new RegExp(`\\bRFC (\\d{4})((?:(?:,|;|-| and)? ?(?:§ ?)?(?:${PLACE}))+)`, 'g')
const PART = new RegExp(`(-)?(${PLACE})`, 'g')

/** `5.4` to `5.7` as each of its steps. */
function range(from, to) {
  const [, head, first] = /^(.*?)(\d+)$/.exec(from) ?? []
  const [, sameHead, last] = /^(.*?)(\d+)$/.exec(to) ?? []
  if (head === undefined || head !== sameHead || Number(last) <= Number(first)) return [to]
  return Array.from({ length: Number(last) - Number(first) }, (_, i) => `${head}${Number(first) + i + 1}`)
}

/** Every label in `text`, for the documents in `known`. */
export function labelsIn(text, known) {
  const found = new Set()
  if (known.has(9293)) for (const [label] of text.matchAll(NAMED)) found.add(`9293 ${label}`)
  for (const [, document, list] of text.matchAll(NUMBERED)) {
    if (!known.has(Number(document))) continue
    let before
    for (const [, dash, place] of list.matchAll(PART)) {
      for (const each of dash === undefined || before === undefined ? [place] : range(before, place)) found.add(`${document} ${each}`)
      before = place
    }
  }
  return found
}

/** The comments of a source text, one string a comment line. */
export function commentLines(text) {
  return text.split('\n').flatMap(line => {
    const at = line.search(/\/\/|\/\*|^\s*\*/)
    return at < 0 ? [] : [line.slice(at)]
  })
}

/** A source text without its comment lines. */
export function withoutComments(text) {
  return text.split('\n').filter(line => !/^\s*(\/\/|\/?\*)/.test(line)).join('\n')
}
