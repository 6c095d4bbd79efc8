import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { commandsPage } from './commands-page.ts'
import { findMetrics } from './metrics-page.ts'
import { referencePages } from './pages.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

test('the reference says what the programs say; `pnpm docs:reference` writes it anew', async () => {
  for (const [path, text] of await referencePages(root)) expect(await readFile(join(root, path), 'utf8')).toBe(text)
})

test('metrics of packages, of the daemon and of the machine are found, however they are written', async () => {
  const names = new Set((await findMetrics(root)).map(({ name }) => name))
  expect(names).toContain('flotilla_node_http_requests_total')
  expect(names).toContain('node_forks_total')
  expect([...names].some((name) => name.startsWith('flotilla_raft_'))).toBe(true)
})

test('a command has its usage, its own options, examples and exit codes, and bars stay in their cells', () => {
  const page = commandsPage([
    {
      name: 'lock run',
      summary: 'runs it',
      usage: 'flotilla lock run KEY',
      options: [
        { name: 'json', placeholder: '', description: 'one document' },
        { name: 'output', letter: 'o', placeholder: 'FILE|-', description: 'where to' },
      ],
      examples: [['flotilla lock run a -- make', 'makes']],
      exitCodes: [[122, 'lost']],
    },
  ])
  expect(page).toContain('## lock run\n\nRuns it.\n')
  expect(page.match(/--json/g)).toHaveLength(1)
  expect(page).toContain('| `-o, --output FILE\\|-` | where to     |')
  expect(page).toContain('| 122       | lost    |')
})
