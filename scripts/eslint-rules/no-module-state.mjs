// Two worlds in one process must not meet in a module: what changes belongs to a host, a namespace or a sock.
// A constant table passes when its type says so: `as const`, Object.freeze, readonly T[], ReadonlyMap, ReadonlySet.
const COLLECTIONS = new Set(['Map', 'Set', 'WeakMap', 'WeakSet', 'Array'])
const READONLY_TYPE = /^(readonly\b|Readonly(Map|Set|Array|<)?)/

/** Looks through `as`, `satisfies` and parentheses; answers undefined when one of them makes the value read-only. */
function bareValue(node, sourceCode) {
  let value = node
  while (value.type === 'TSAsExpression' || value.type === 'TSSatisfiesExpression' || value.type === 'TSNonNullExpression') {
    if (value.type === 'TSAsExpression') {
      const text = sourceCode.getText(value.typeAnnotation)
      if (text === 'const' || READONLY_TYPE.test(text)) return undefined
    }
    value = value.expression
  }
  return value
}

export default {
  meta: {
    type: 'problem',
    docs: { description: 'ban state in modules' },
    schema: [],
    messages: {
      binding: 'No state in modules: a top-level {{kind}} is shared by every host in the process.',
      collection: 'No state in modules: give this table a read-only type (as const, readonly T[], ReadonlyMap, ReadonlySet) or an owner.',
    },
  },
  create(context) {
    const { sourceCode } = context

    function checkDeclarator({ id, init }) {
      if (init === null || init === undefined) return
      if (id.typeAnnotation !== undefined && READONLY_TYPE.test(sourceCode.getText(id.typeAnnotation.typeAnnotation))) return
      const value = bareValue(init, sourceCode)
      const isCollection = value?.type === 'ArrayExpression'
        || (value?.type === 'NewExpression' && value.callee.type === 'Identifier' && COLLECTIONS.has(value.callee.name))
      if (isCollection) context.report({ node: init, messageId: 'collection' })
    }

    return {
      Program({ body }) {
        for (const statement of body) {
          const declaration = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement
          if (declaration?.type !== 'VariableDeclaration' || declaration.declare) continue
          if (declaration.kind === 'let' || declaration.kind === 'var') {
            context.report({ node: declaration, messageId: 'binding', data: { kind: declaration.kind } })
          } else declaration.declarations.forEach(checkDeclarator)
        }
      },
    }
  },
}
