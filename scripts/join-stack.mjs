// Joins the emitted modules of the stack (base to kernel) into one, dist/src/stack.js, and leaves each module as a file that passes
// its names on. V8 reads an imported or exported binding from a cell and checks it at every use; a constant of one scope it
// compiles in. A packet's way through some hundred small modules costs a quarter less so.
import { buildSync, transformSync } from 'esbuild'
import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { eagerNames } from './eager-names.mjs'

const LAYERS = [
  'base', 'wire', 'link', 'ip', 'sock', 'udp', 'raw', 'tcp', 'packet', 'netlink', 'vfs', 'unix', 'socket', 'kernel',
]

function modulesOf(src) {
  return LAYERS.flatMap(layer => readdirSync(join(src, layer), { recursive: true })
    .filter(path => path.endsWith('.js')).sort().map(path => join(src, layer, path)))
}

/** The names each module exports. */
function exportsOf(src, modules) {
  const { metafile } = buildSync({
    entryPoints: modules, outdir: src, outbase: src, format: 'esm', bundle: true, external: ['*'], metafile: true, write: false, absWorkingDir: src,
  })
  return modules.map(path => metafile.outputs[relative(src, path).split(sep).join('/')].exports)
}

/**
 * What was declared by `var` and `function` becomes constant: nothing in these layers is assigned a second time. Functions that are
 * needed while the module loads, before their place in the text, stay as they are; classes that name themselves keep their names.
 */
function constants(code) {
  const eager = eagerNames(code)
  const renamed = new Set(Array.from(code.matchAll(/^var ([\w$]+) = class _\1\b/gm), ([, name]) => `_${name}`))
  return code
    .replace(/\b_[A-Z][\w$]*/g, name => renamed.has(name) ? name.slice(1) : name)
    .replace(/^var (?=[\w$]+ = )/gm, 'const ')
    .replace(/^((?:async )?function(?:\* ?| ))([\w$]+)([\s\S]*?\n\})$/gm, (declaration, keyword, name, rest) => (
      eager.has(name) ? declaration : `const ${name} = ${keyword}${name}${rest};`))
}

/** A bundle that would assign to a constant, or that is no longer a program, ends the build. */
function verify(code) {
  const { warnings } = transformSync(code, { format: 'esm', logLevel: 'silent' })
  const wrong = warnings.filter(({ id }) => id === 'assign-to-constant')
  if (wrong.length > 0) throw new Error(`build: the stack cannot be joined: ${wrong.map(({ text, location }) => `${text} (${location?.lineText})`).join('; ')}`)
}

export function joinStack(out) {
  const src = join(out, 'src')
  const modules = modulesOf(src)
  const names = exportsOf(src, modules)
  const nameOf = (i, name) => `${relative(src, modules[i]).slice(0, -'.js'.length).replace(/[^\w]/g, '_')}$${name}`
  // Exported under bindings of their own, so that those the stack itself uses stay out of cells.
  const entry = modules.map((path, i) => names[i].map(name => {
    const own = nameOf(i, name)
    return `import { ${name} as ${own}_ } from ${JSON.stringify(`./${relative(src, path).split(sep).join('/')}`)}\nconst ${own} = ${own}_\nexport { ${own} }`
  }).join('\n')).join('\n')
  const { outputFiles } = buildSync({
    stdin: { contents: entry, resolveDir: src, sourcefile: 'stack-names.js' }, outfile: join(src, 'stack.js'), bundle: true, format: 'esm',
    target: 'es2022', sourcemap: true, sourcesContent: true, write: false, absWorkingDir: src, logLevel: 'silent',
  })
  for (const { path, text } of outputFiles) {
    const code = path.endsWith('.js') ? constants(text) : text
    if (path.endsWith('.js')) verify(code)
    writeFileSync(path, code)
  }
  for (const [i, path] of modules.entries()) {
    const up = relative(join(path, '..'), join(src, 'stack.js')).split(sep).join('/')
    const list = names[i].map(name => `${nameOf(i, name)} as ${name}`).join(', ')
    writeFileSync(path, names[i].length === 0 ? 'export {}\n' : `export { ${list} } from ${JSON.stringify(up)}\n`)
    rmSync(`${path}.map`, { force: true })
  }
}
