// Which functions of a module run while it loads, before the text has come to their declaration: those need to stay declarations,
// which are there from the start.
import ts from 'typescript'

const isDeferred = node => ts.isFunctionLike(node)
  || ts.isPropertyDeclaration(node) && !node.modifiers?.some(each => each.kind === ts.SyntaxKind.StaticKeyword)

/** The name of a property, as in `list.push` or `{ read: 1 }`, is no use of what happens to be called the same. */
const isName = node => ts.isPropertyAccessExpression(node.parent) && node.parent.name === node
  || (ts.isPropertyAssignment(node.parent) || ts.isClassElement(node.parent)) && node.parent.name === node
  || ts.isBindingElement(node.parent) && node.parent.propertyName === node

/** Names mentioned in what evaluating the node evaluates; bodies of functions only when the node is one. */
function mentioned(node, names, into) {
  const visit = child => {
    if (ts.isIdentifier(child) && names.has(child.text) && !isName(child)) into.add(child.text)
    if (!isDeferred(child)) ts.forEachChild(child, visit)
  }
  ts.forEachChild(node, visit)
}

/** A function mentioned while loading counts as called, and what it mentions too. */
export function eagerNames(code) {
  const { statements } = ts.createSourceFile('module.js', code, ts.ScriptTarget.Latest, true, ts.ScriptKind.JS)
  const functions = new Map(statements.filter(ts.isFunctionDeclaration).map(each => [each.name?.text, each]))
  const eager = new Set()
  for (const statement of statements) {
    if (ts.isFunctionDeclaration(statement)) continue
    const reached = new Set()
    mentioned(statement, functions, reached)
    for (const name of reached) {
      const declaration = functions.get(name)
      if (declaration.pos > statement.pos) eager.add(name)
      // The rest of what it reaches; a set grows while it is walked.
      mentioned(declaration, functions, reached)
    }
  }
  return eager
}
