import { dirname } from 'node:path'
import { assert } from '@flotilla/core/errors'
import { nodeLimitsDefaults } from '../limits.ts'
import { misspeltVariables, readEnvironment, type Environment } from './environment.ts'
import { readFileTexts } from './file-texts.ts'
import { readFlags, type ReadTexts } from './flags.ts'
import { originText, type GivenTexts, type Origin } from './given-texts.ts'
import { findSettingsFile, type FoundFile } from './settings-file.ts'
import { SettingsError, type SettingProblem } from './setting-problem.ts'
import { valueOf } from './setting-value.ts'
import { settingsOf, type SettingName, type Settings } from './settings.ts'
import type { Setting, SettingValue } from './setting.ts'

/** Everything that settings can come from. */
export interface SettingsSources {
  readonly argv: readonly string[]
  readonly environment: Environment
  readonly hostName: string
  readonly homeFolder: string
}

export interface ReadSettings {
  readonly settings: Settings
  /** Those that somebody gave, as they were called there. */
  readonly given: ReadonlyMap<SettingName, string>
  readonly origins: ReadonlyMap<SettingName, Origin>
  /** The file that was read. */
  readonly file: string | undefined
  /** What is not wrong and should be known, as that others may write in the file. */
  readonly warnings: readonly string[]
}

/**
 * Flags win over the environment, that over the file, and the file over the fallbacks. Throws a `SettingsError` with
 * everything that is wrong with any of them, also with what another one wins over.
 */
export async function readSettings(sources: SettingsSources): Promise<ReadSettings> {
  const table = settingsOf(sources.hostName)
  const flags = readFlags(sources.argv, table)
  const variables = readEnvironment(sources.environment, table)
  const named = flags.given.get('config') ?? variables.get('config')
  const found = await findSettingsFile({ ...sources, named: named?.texts[0] ?? '' })
  const inFile = textsIn(found, table)

  const problems = [...flags.problems, ...inFile.problems]
  const origins = new Map<SettingName, Origin>()
  const entries = table.map((setting): [string, SettingValue] => {
    const texts = [flags.given, variables, inFile.given].flatMap((source) => source.get(setting.name) ?? [])
    const values = texts.map((each) => checkedValue(setting, each))
    problems.push(...values.flatMap((value) => ('problem' in value ? [value.problem] : [])))
    const [first] = texts
    if (first !== undefined) origins.set(setting.name as SettingName, first.origin)
    const [value = { value: fallbackValue(setting) }] = values
    return [setting.name, 'value' in value ? value.value : '']
  })
  throwIfAny(problems)
  return {
    // The tables have every key of `Settings`, each with the type that it says there: the compiler has seen to it.
    settings: Object.fromEntries(entries) as unknown as Settings,
    given: new Map([...origins].map(([name, origin]) => [name, originText(origin)])),
    origins,
    file: isFile(found) ? found.path : undefined,
    warnings: [...misspeltVariables(sources.environment, table), ...(isFile(found) ? found.warnings : [])],
  }
}

/** What holds where nobody says anything. */
export function fallbackValue(setting: Setting): SettingValue {
  const read = valueOf(setting, setting.type === 'list' ? [] : [setting.fallback], undefined)
  assert('value' in read, `the fallback of ${setting.name} may be its value`)
  return read.value
}

function textsIn(found: FoundFile | SettingProblem | undefined, table: readonly Setting[]): ReadTexts {
  if (isFile(found)) return readFileTexts(found.path, found.text, table)
  return { given: new Map(), problems: found === undefined ? [] : [found] }
}

function isFile(found: FoundFile | SettingProblem | undefined): found is FoundFile {
  return found !== undefined && 'text' in found
}

function checkedValue(
  setting: Setting,
  { origin, texts, places = [] }: GivenTexts,
): { readonly value: SettingValue } | { readonly problem: SettingProblem } {
  const read = valueOf(setting, texts, origin.from === 'file' ? dirname(origin.file) : undefined)
  if ('value' in read) return read
  const place = places[read.at ?? 0]
  const what = `${origin.calledAs} ${read.is}`
  return { problem: { ...(place === undefined ? {} : { place }), what, hint: read.hint } }
}

function throwIfAny(problems: readonly SettingProblem[]): void {
  const { settingProblemsToldMax } = nodeLimitsDefaults
  const more = problems.length - settingProblemsToldMax
  const inOrder = problems.toSorted((one, other) => (one.place?.line ?? 0) - (other.place?.line ?? 0))
  const [first, ...others] = inOrder.slice(0, settingProblemsToldMax)
  if (first === undefined) return
  const rest = { what: `there are ${more} more`, hint: 'mend these first' }
  throw new SettingsError([first, ...others, ...(more > 0 ? [rest] : [])])
}
