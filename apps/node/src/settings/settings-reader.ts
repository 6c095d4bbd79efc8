import { FlotillaError, unreachable } from '@flotilla/core/errors'
import { settingsOf, type Setting, type Settings } from './settings.ts'

export interface ReadSettings {
  readonly settings: Settings
  /** Those that a flag or the environment gave, as it was called there. */
  readonly given: ReadonlyMap<keyof Settings, string>
}

/** How much of a wrong value an error repeats. */
const shownLengthMax = 64

/** Flags win over the environment, which wins over the fallbacks; whatever is wrong is a `wrong-setting`. */
export function readSettings(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  hostName: string,
): ReadSettings {
  const table = settingsOf(hostName)
  const flags = readFlags(argv, table)
  const given = new Map<keyof Settings, string>()
  const entries = table.map((setting) => {
    const { name, fallback, environment: variable } = setting
    const flag = flags.get(name)
    // An empty variable counts as none, as is usual.
    const fromEnvironment = variable === undefined ? undefined : environment[variable] || undefined
    if (flag !== undefined) given.set(name, `--${name}`)
    else if (variable !== undefined && fromEnvironment !== undefined) given.set(name, variable)
    return [name, valueOf(setting, flag ?? fromEnvironment ?? fallback, given.get(name) ?? `--${name}`)]
  })
  // The table has every key of `Settings`, each with the type that its `type` says; a test goes through them.
  return { settings: Object.fromEntries(entries) as Settings, given }
}

function readFlags(argv: readonly string[], table: readonly Setting[]): ReadonlyMap<string, string> {
  const flags = new Map<string, string>()
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index] ?? ''
    const [, name = '', inline] = /^--([a-z]+)(?:=(.*))?$/s.exec(word) ?? []
    const setting = table.find((candidate) => candidate.name === name)
    if (setting === undefined) throw wrong(`there is no setting ${shown(word)}`, 'see --help for those that there are')
    if (flags.has(name)) throw wrong(`--${name} is given twice`, 'give it once')
    const value = inline ?? (setting.type === 'switch' ? 'true' : argv[++index])
    if (value === undefined) throw wrong(`--${name} has no value`, `write --${name} ${setting.placeholder}`)
    flags.set(name, value)
  }
  return flags
}

function valueOf(setting: Setting, text: string, calledAs: string): string | number | boolean {
  const refuse = (mayBe: string): FlotillaError => wrong(`${calledAs} is ${shown(text)}`, `it must be ${mayBe}`)
  switch (setting.type) {
    case 'text':
      if (!setting.form.test(text)) throw refuse(setting.mayBe)
      return text
    case 'whole': {
      const value = Number(text)
      if (/^\d{1,9}$/.test(text) && value >= setting.least && value <= setting.most) return value
      throw refuse(`a whole number from ${setting.least} to ${setting.most}`)
    }
    case 'switch':
      if (/^(true|1)$/.test(text)) return true
      if (/^(false|0)?$/.test(text)) return false
      throw refuse('true, 1, false or 0')
    default:
      return unreachable(setting, 'type of setting')
  }
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, shownLengthMax))
}

function wrong(what: string, hint: string): FlotillaError {
  return new FlotillaError('wrong-setting', what, { hint })
}
