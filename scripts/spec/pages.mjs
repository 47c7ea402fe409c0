// The pages under docs/spec: one for each document, and the overview.

const STATUS = { covered: 'yes', reasoned: 'exception', partly: '**partly**', open: '**open**', free: '–' }

const short = path => path.replace(/^src\//, '').replace(/^test\/drill\//, '')
const link = path => `[\`${short(path)}\`](../../${path})`

function testCell(requirement) {
  const byFile = new Map()
  for (const { file, title } of requirement.claims) byFile.set(file, [...byFile.get(file) ?? [], title])
  return [...byFile].map(([file, titles]) => {
    const said = titles.slice(0, 2).map(title => title.replaceAll('|', '\\|').replaceAll('<', '&lt;')).join('; ')
    return `${link(file)}: ${said}${titles.length > 2 ? `; ${titles.length - 2} more` : ''}`
  }).join('<br>')
}

function row(requirement) {
  const { id, strength, text, note, exception, code } = requirement
  const said = [text, note === undefined ? '' : `*${note}*`, exception === undefined ? '' : `**Exception:** ${exception}`]
  return `| ${id} | ${strength} | ${said.filter(each => each !== '').join(' ')} | ${code.map(link).join('<br>')} | ${testCell(requirement)} | ${STATUS[requirement.status]} |`
}

/** `{ MUST: { all, covered, reasoned, partly, open } ... }`. */
export function count(requirements) {
  const counts = {}
  for (const { strength, status } of requirements) {
    const kind = strength.split(' ')[0]
    const each = counts[kind] ??= { all: 0, covered: 0, reasoned: 0, partly: 0, open: 0, free: 0 }
    each.all++
    each[status]++
  }
  return counts
}

const HEAD = '| | asked | code and test | exception with its reason | partly | open |\n|---|---|---|---|---|---|'

function countRows(counts, prefix = '') {
  return Object.entries(counts).map(([kind, each]) => `| ${prefix}${kind} | ${each.all} | ${each.covered} | ${each.reasoned} | ${each.partly} | ${each.open + each.free} |`)
}

export function page(document) {
  const sections = [...new Set(document.requirements.map(each => each.section))]
  return [
    `# RFC ${document.rfc}: ${document.title}`, '',
    `Drawn by \`npm run spec\` from [\`spec/rfc${document.rfc}.json\`](../../spec/rfc${document.rfc}.json), the citations in \`src\` and the`,
    'claims of tests that ran. The sentences are ours; the document itself is what binds.', '',
    HEAD, ...countRows(count(document.requirements)), '',
    ...sections.flatMap(section => [
      `## ${section}`, '', '| id | | asks | code | tests | |', '|---|---|---|---|---|---|',
      ...document.requirements.filter(each => each.section === section).map(row), '',
    ]),
  ].join('\n')
}

export function overview(documents) {
  return [
    '# Requirements, code and tests', '',
    'What the documents of TCP ask, where our code answers, and which test would fail if it did not. Drawn by `npm run spec`; an',
    'uncovered MUST fails `.ci/run`.', '',
    ...documents.flatMap(document => [
      `## [RFC ${document.rfc}](rfc${document.rfc}.md): ${document.title}`, '', HEAD, ...countRows(count(document.requirements)), '',
    ]),
  ].join('\n')
}
