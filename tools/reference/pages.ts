import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { commandsPage, type DescribedCommand } from './commands-page.ts'
import { settingsPage, type DescribedSetting } from './settings-page.ts'
import { findMetrics, metricsPage } from './metrics-page.ts'
import { apiPage, type DescribedApi } from './api-page.ts'
import { nodeApi } from './node-api.ts'

const run = promisify(execFile)

/** Of one page by its path in the checkout: what has to stand there now. */
export async function referencePages(root: string): Promise<ReadonlyMap<string, string>> {
  const { commands } = (await answerOf(root, 'apps/cli/src/main.ts', 'help', '--json')) as {
    readonly commands: readonly DescribedCommand[]
  }
  const { settings } = (await answerOf(root, 'apps/cli/src/main.ts', 'config', 'explain', '--json')) as {
    readonly settings: readonly DescribedSetting[]
  }
  return new Map([
    ['docs/reference/api.md', apiPage((await nodeApi(root)) as DescribedApi)],
    ['docs/reference/commands.md', commandsPage(commands)],
    ['docs/reference/config.md', settingsPage(settings)],
    ['docs/reference/metrics.md', metricsPage(await findMetrics(root))],
  ])
}

async function answerOf(root: string, program: string, ...words: readonly string[]): Promise<unknown> {
  const { stdout } = await run(process.execPath, [program, ...words], { cwd: root, maxBuffer: 2 ** 24 })
  return JSON.parse(stdout)
}
