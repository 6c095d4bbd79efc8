import { unreachable } from '@flotilla/core/errors'
import { settingTable, type AgentSettings, type Setting } from './settings.ts'
import { shown, valueOf, wrong, type GivenText } from './setting-value.ts'

/** What was given for each setting, in order. */
export type GivenSettings = ReadonlyMap<keyof AgentSettings, readonly GivenText[]>

/**
 * The settings of a file: lines of `name = value`; empty lines and those that begin with `#` say nothing. `file` is how
 * errors name it; they say the line too.
 */
export function settingsInText(text: string, file: string): GivenSettings {
  const given = new Map<keyof AgentSettings, GivenText[]>()
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(#|$)/.test(line)) continue
    const where = `${file}:${index + 1}`
    const [, name = '', value = ''] = /^\s*([^=\s]+)\s*=\s*(.*?)\s*$/.exec(line) ?? []
    if (name === '') throw wrong(`${where}: ${shown(line)} is no setting`, 'write NAME = VALUE, or # before a comment')
    const setting = settingNamed(name, `${where}: there is no setting ${shown(name)}`)
    const before = given.get(setting.name) ?? []
    if (before.length > 0 && setting.type !== 'list') throw wrong(`${where}: ${name} is given twice`, 'give it once')
    const entry = { text: value, where: `${where}: ${name}` }
    // Checked here, so that what a flag overrides is right too.
    valueOf(setting, [...before, entry])
    given.set(setting.name, [...before, entry])
  }
  return given
}

/** Flags win over the file, which wins over the fallbacks; a list that flags give replaces that of the file. */
export function wholeSettings(file: GivenSettings, flags: GivenSettings): AgentSettings {
  const entries = settingTable.map((setting) => {
    return [setting.name, valueOf(setting, flags.get(setting.name) ?? file.get(setting.name) ?? [])]
  })
  // The table has every key of `AgentSettings`, each with the type that its `type` says; a test goes through them.
  return Object.fromEntries(entries) as AgentSettings
}

export function settingNamed(name: string, otherwise: string): Setting {
  const setting = settingTable.find((candidate) => candidate.name === name)
  if (setting !== undefined) return setting
  throw wrong(otherwise, `there are ${settingTable.map((known) => known.name).join(', ')}`)
}

/** Of the settings that differ, those that take effect at once and those that do not. */
export function changesOf(
  before: AgentSettings,
  now: AgentSettings,
): { readonly live: readonly string[]; readonly later: readonly string[] } {
  const changed = settingTable.filter(({ name }) => String(before[name]) !== String(now[name]))
  return {
    live: changed.filter(({ isLive }) => isLive === true).map(({ name }) => name),
    later: changed.filter(({ isLive }) => isLive !== true).map(({ name }) => name),
  }
}

/** A file that says what there is, every setting at its fallback. */
export function settingsTemplate(): string {
  const parts = settingTable.map((setting) => {
    const line = `# ${setting.name} = ${setting.fallback}`.trimEnd()
    return `# ${setting.description}: ${mayBeOf(setting)}.\n${line}\n`
  })
  return `# Settings of flotilla-agent. It reads them again when this file changes.\n\n${parts.join('\n')}`
}

export function mayBeOf(setting: Setting): string {
  switch (setting.type) {
    case 'whole':
      return `${setting.least} to ${setting.most}`
    case 'choice':
      return setting.choices.join(', ')
    case 'switch':
      return 'true or false'
    case 'text':
    case 'list':
      return setting.mayBe
    default:
      return unreachable(setting, 'type of setting')
  }
}
