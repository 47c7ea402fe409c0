// Sequence numbers lie on a circle: < and > answer wrongly across 2^32, and the compiler lets them through. seq.lt and its kin do not.
const RELATIONAL = new Set(['<', '>', '<=', '>='])

function isSeqNumber(type) {
  if (type.isUnionOrIntersection()) return type.types.some(isSeqNumber)
  return type.aliasSymbol?.name === 'SeqNumber' || type.symbol?.name === 'SeqNumber'
}

export default {
  meta: {
    type: 'problem',
    docs: { description: 'ban relational operators on SeqNumber' },
    schema: [],
    messages: { relational: 'Sequence numbers are not compared with {{operator}}: use seq.lt, seq.leq or seq.between.' },
  },
  create(context) {
    const services = context.sourceCode.parserServices
    return {
      BinaryExpression(node) {
        if (!RELATIONAL.has(node.operator)) return
        if ([node.left, node.right].some(side => isSeqNumber(services.getTypeAtLocation(side)))) {
          context.report({ node, messageId: 'relational', data: { operator: node.operator } })
        }
      },
    }
  },
}
