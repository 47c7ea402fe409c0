// An expression of pcap-filter(7) in words, numbers and addresses.

export type TokenKind = 'word' | 'number' | 'ipv4' | 'ipv6' | 'mac' | 'sign'
export interface Token { readonly kind: TokenKind, readonly text: string, readonly at: number }

/** What an expression cannot mean, and where. */
export class FilterFault extends Error {
  readonly at: number

  constructor(message: string, at: number) {
    super(message)
    this.at = at
  }
}

const KINDS: readonly (readonly [TokenKind, RegExp])[] = [
  ['mac', /[0-9a-f]{1,2}(?::[0-9a-f]{1,2}){5}(?![0-9a-f:])/iy],
  ['ipv6', /(?:[0-9a-f]*:){2,}[0-9a-f:.]*(?:\/\d+)?/iy],
  ['ipv4', /\d+(?:\.\d+){1,3}(?:\/\d+)?|\d+\/\d+/y],
  ['number', /0x[0-9a-f]+|\d+(?!\w)/iy],
  ['word', /[a-z]\w*(?:-[a-z]\w*)*/iy],
  ['sign', /&&|\|\||<<|>>|<=|>=|==|!=|[()[\]:&|^+\-*/%<>=!]/y],
]

export function tokenize(text: string): Token[] {
  const tokens: Token[] = []
  for (let at = 0; at < text.length;) {
    if (/\s/.test(text[at])) {
      at++
      continue
    }
    const token = tokenAt(text, at)
    if (token === undefined) throw new FilterFault(`'${text[at]}' begins nothing known`, at)
    tokens.push(token)
    at += token.text.length
  }
  return tokens
}

function tokenAt(text: string, at: number): Token | undefined {
  for (const [kind, pattern] of KINDS) {
    const sticky = new RegExp(pattern)
    sticky.lastIndex = at
    const found = sticky.exec(text)
    if (found !== null) return { kind, text: found[0], at }
  }
  return undefined
}
