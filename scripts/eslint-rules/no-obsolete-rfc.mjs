// A citation names the document in force, so that a reader opens the right one.
const SUCCESSOR = { 793: 'RFC 9293', 1323: 'RFC 7323', 2581: 'RFC 5681', 2460: 'RFC 8200', 8312: 'RFC 9438' }
const CITATION = /\bRFC[\s-]?(793|1323|2581|2460|8312)\b/gi

export default {
  meta: {
    type: 'problem',
    docs: { description: 'ban citations of obsolete RFCs' },
    schema: [],
    messages: { obsolete: 'RFC {{number}} is obsolete: cite {{successor}}.' },
  },
  create(context) {
    const { sourceCode } = context
    return {
      Program() {
        for (const match of sourceCode.text.matchAll(CITATION)) {
          const loc = { start: sourceCode.getLocFromIndex(match.index), end: sourceCode.getLocFromIndex(match.index + match[0].length) }
          context.report({ loc, messageId: 'obsolete', data: { number: match[1], successor: SUCCESSOR[match[1]] } })
        }
      },
    }
  },
}
