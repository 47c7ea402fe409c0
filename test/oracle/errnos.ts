// Which call answers which errnos: collected from every scenario on our kernel, where Linux answers the same. Drawn into
// docs/sockets.md by `npm run sockets`.

import { isErrno } from '../../src/base/errno.ts'
import { runOnOurs } from './our-kernel.ts'
import { ALL_SCENARIOS } from './scenarios/index.ts'

export async function collectErrnos(): Promise<Record<string, string[]>> {
  const found = new Map<string, Set<string>>()
  for (const scenario of ALL_SCENARIOS) {
    const { results } = await runOnOurs(scenario)
    const started = new Map<string, string>()
    for (const [index, [, save, call, args]] of scenario.steps.entries()) {
      const answer = results[index]
      if (call === 'start') started.set(save, String(args[0]))
      if (!isErrno(answer)) continue
      const name = call === 'result' ? started.get(String(args[0])) ?? call : call
      found.set(name, (found.get(name) ?? new Set()).add(answer))
    }
  }
  return Object.fromEntries([...found].map(([call, errnos]) => [call, [...errnos].sort()]))
}
