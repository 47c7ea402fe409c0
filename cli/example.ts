// `sockeye example [name]`: plays one of the example programs in a simulated world, or lists them.

import { Command } from 'commander'
import { EXAMPLES } from '../examples/index.ts'
import { usage } from './failure.ts'

export function exampleCommand(): Command {
  return new Command('example')
    .argument('[name]', 'n01-hello, its number, or part of its name')
    .description('Play an example program in a simulated world; without a name, list them. Each has a page in docs/examples.')
    .action(async (wanted: string | undefined) => {
      const names = Object.keys(EXAMPLES)
      if (wanted === undefined) {
        for (const name of names) console.log(`${name.padEnd(20)} ${(await EXAMPLES[name]()).title}`)
        return
      }
      const number = /^n?(\d+)$/i.exec(wanted)?.[1].padStart(2, '0')
      const name = names.find(each => each === wanted || each.startsWith(`n${number}-`)) ?? names.find(each => each.includes(wanted))
      if (name === undefined) throw usage(`example ${wanted}: there is none; sockeye example lists them`)
      await (await EXAMPLES[name]()).play(line => { console.log(line) })
    })
}
