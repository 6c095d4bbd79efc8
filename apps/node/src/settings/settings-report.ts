import type { ProblemAnswer, ReloadAnswer, SettingEntry } from './settings-answers.ts'
import { withoutUserInfo, type SettingProblem } from './setting-problem.ts'
import { settingsOf, type SettingName } from './settings.ts'
import type { ReadSettings } from './settings-reader.ts'
import type { ReloadReport } from './settings-in-force.ts'
import { fallbackOf, type Setting, type SettingValue } from './setting.ts'

/** Every setting with what holds and where it comes from. What is of no use but at the start is left out. */
export function settingEntries({
  settings,
  given,
  origins,
}: Pick<ReadSettings, 'settings' | 'given' | 'origins'>): readonly SettingEntry[] {
  return settingsOf('')
    .filter(({ name }) => name !== 'help')
    .map((setting) => {
      const name = setting.name as SettingName
      const value = publicValue(settings[name])
      return {
        name,
        value,
        shown: shownValue(setting, value),
        origin: origins.get(name)?.from ?? 'default',
        calledAs: given.get(name) ?? null,
        live: setting.isLive === true,
      }
    })
}

export function reloadAnswer({ file, problems, changed, waiting }: ReloadReport): ReloadAnswer {
  return { file: file ?? null, problems: problems.map(problemAnswer), changed, waiting }
}

export function problemAnswer({ place, what, hint }: SettingProblem): ProblemAnswer {
  return { file: place?.file ?? null, line: place?.line ?? null, column: place?.column ?? null, what, hint }
}

function publicValue(value: SettingValue): SettingValue {
  if (typeof value === 'string') return withoutUserInfo(value)
  return typeof value === 'object' ? value.map(withoutUserInfo) : value
}

function shownValue(setting: Setting, value: SettingValue): string {
  if (value === '' || (Array.isArray(value) && value.length === 0)) return fallbackOf(setting)
  return Array.isArray(value) ? value.join(', ') : String(value)
}
