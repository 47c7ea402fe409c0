// Checks every import against layers.json. Folders that do not exist yet are passed over.
import { existsSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const folders = ['src', 'cli', 'lab', 'bench', 'test'].filter(folder => existsSync(root + folder))
const cruiser = fileURLToPath(new URL('../node_modules/dependency-cruiser/bin/dependency-cruise.mjs', import.meta.url))
const { status } = spawnSync(
  process.execPath,
  [cruiser, '--config', '.dependency-cruiser.mjs', ...process.argv.slice(2), ...folders],
  { cwd: root, stdio: 'inherit' },
)
process.exit(status ?? 1)
