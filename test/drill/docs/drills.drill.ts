// The drills that docs/tcp.md invites to run.

import { readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { drill } from '../../support/drill.ts'

const FOLDER = fileURLToPath(new URL('../../../docs/drills/', import.meta.url))

for (const name of readdirSync(FOLDER)) drill(`docs/drills/${name}`, {}, readFileSync(`${FOLDER}${name}`, 'utf8'))
