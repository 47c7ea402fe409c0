// `sockeye run program.js`: a Node program, unchanged, with our net, tls, dgram and dns under it.

import { Command } from 'commander'
import { existsSync } from 'node:fs'
import Module from 'node:module'
import { basename, resolve } from 'node:path'
import { Failure } from './failure.ts'
import { attachProgram } from './program-host.ts'
import type { ProgramOptionTexts } from './program-host.ts'
import { addStackOptions } from './stack-options.ts'

/** As `node program` finds it: a file, or a folder or a name without its ending. */
function findProgram(text: string): string {
  const path = resolve(text)
  try {
    return Module.createRequire(import.meta.url).resolve(path)
  } catch {
    if (existsSync(path)) return path
    throw new Failure(`${text}: ENOENT: there is no such program`, 2)
  }
}

async function run(program: string, operands: readonly string[], options: ProgramOptionTexts): Promise<void> {
  const path = findProgram(program)
  await attachProgram(options, basename(path))
  process.argv = [process.argv[0], path, ...operands]
  ;(Module as unknown as { runMain(): void }).runMain()
}

export function runCommand(): Command {
  return addStackOptions(new Command('run'))
    .description('run a Node program with our network under it; without --tap or --tun it has loopback only')
    .argument('<program>', 'the program, as `node` takes it')
    .argument('[operands...]', 'what the program finds in process.argv')
    .option('--dns <server>', 'ask this name server: ADDRESS or ADDRESS:PORT (repeatable)',
      (value: string, before: readonly string[]) => [...before, value], [])
    .passThroughOptions()
    .action(run)
}
