// A name is imported from the file that owns it. Only public entries re-export, one name at a time.
export default {
  meta: {
    type: 'problem',
    docs: { description: 'ban re-exports' },
    schema: [{ type: 'object', properties: { allowNamed: { type: 'boolean' } }, additionalProperties: false }],
    messages: {
      reExport: 'No re-exports: import the name from the file that owns it.',
      all: 'List public names one by one: export * changes the surface by accident.',
    },
  },
  create(context) {
    const allowNamed = context.options[0]?.allowNamed === true
    return {
      ExportAllDeclaration(node) {
        context.report({ node, messageId: allowNamed ? 'all' : 'reExport' })
      },
      ExportNamedDeclaration(node) {
        if (node.source !== null && node.source !== undefined && !allowNamed) context.report({ node, messageId: 'reExport' })
      },
    }
  },
}
