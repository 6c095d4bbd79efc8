import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UsageError } from '../command-line/usage.ts'
import { chooseLists, findLists, type CanaryList } from './lists.ts'
import { parseOptions, usage, type CanaryOptions } from './options.ts'
import { pageWith, sectionOf } from './table.ts'
import { isFalseAlarm, judge, type JudgeOptions, type Verdict } from './verdict.ts'
import { Workshop } from './workshop.ts'

const root = join(import.meta.dirname, '../..')
const minutesMax = 30

/** Returns the exit code. */
async function main(argv: readonly string[]): Promise<number> {
  const options = parseOptions(argv)
  if (options === 'help') {
    console.log(usage)
    return 0
  }
  const lists = chooseLists(await findLists(root), options.packages)
  await using workshop = await Workshop.open(root)
  const sections = []
  let unseen = 0
  for (const list of lists) {
    const verdicts = await judgeAll(list, workshop, options)
    unseen += verdicts.filter(({ caught }) => caught === undefined).length
    sections.push(sectionOf(list.package, verdicts))
  }
  if (options.write) {
    const file = join(root, 'docs/canaries.md')
    await writeFile(file, pageWith(await readFile(file, 'utf8').catch(() => ''), sections))
  }
  return unseen === 0 ? 0 : 1
}

async function judgeAll(list: CanaryList, workshop: Workshop, options: CanaryOptions): Promise<readonly Verdict[]> {
  const chosen = list.canaries.filter(({ name }) => options.only === undefined || name === options.only)
  if (chosen.length === 0) throw new UsageError(`${list.package} has no canary ${options.only}`)
  const { folder } = workshop
  const judging: JudgeOptions = { ...options, folder, package: list.package, minutesMax }
  const verdicts: Verdict[] = []
  for (const canary of chosen) {
    const verdict = await judgeOne(list.package, canary, workshop, judging)
    console.log(lineOf(verdict))
    verdicts.push(verdict)
  }
  return verdicts
}

/** One that cannot be judged counts as unseen, and the others have their turn. */
async function judgeOne(
  packageName: string,
  canary: Verdict['canary'],
  workshop: Workshop,
  judging: JudgeOptions,
): Promise<Verdict> {
  try {
    const verdict = await withBugPlanted(workshop, packageName, canary, () => judge(canary, judging))
    if (verdict.caught === undefined || !(await isFalseAlarm(verdict.caught, judging))) return verdict
    console.error(`${canary.name}: ${verdict.caught.by} fails without a bug as well; mend that first`)
  } catch (error) {
    console.error(`${canary.name}: ${String(error)}`)
  }
  return { canary, caught: undefined }
}

async function withBugPlanted<Value>(
  workshop: Workshop,
  packageName: string,
  canary: Verdict['canary'],
  act: () => Promise<Value>,
): Promise<Value> {
  await using _ = await workshop.plant(packageName, canary)
  return await act()
}

function lineOf({ canary, caught }: Verdict): string {
  const name = canary.name.padEnd(36)
  if (caught === undefined) return `UNSEEN  ${name} ${canary.bug}`
  const at = caught.seed === undefined ? '' : ` at seed ${caught.seed}`
  return `seen    ${name} ${caught.by}${at}: ${caught.sentence}`
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  console.error(`canaries: ${error.message}\n\n${usage}`)
  process.exitCode = 2
}
