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
    const { name, environment: variable } = setting
    const flag = flags.get(name)
    // An empty variable counts as none, as is usual.
    const fromEnvironment = variable === undefined ? undefined : environment[variable] || undefined
    if (flag !== undefined) given.set(name, `--${name}`)
    else if (variable !== undefined && fromEnvironment !== undefined) given.set(name, variable)
    const texts = flag ?? (setting.type === 'list' ? fromEnvironment?.split(',') : toList(fromEnvironment))
    return [name, valueOf(setting, texts, given.get(name) ?? `--${name}`)]
  })
  // The table has every key of `Settings`, each with the type that its `type` says; a test goes through them.
  return { settings: Object.fromEntries(entries) as Settings, given }
}

function toList(text: string | undefined): readonly string[] | undefined {
  return text === undefined ? undefined : [text]
}

function readFlags(argv: readonly string[], table: readonly Setting[]): ReadonlyMap<string, readonly string[]> {
  const flags = new Map<string, readonly string[]>()
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index] ?? ''
    const [, name = '', inline] = /^--([a-z-]+)(?:=(.*))?$/s.exec(word) ?? []
    const setting = table.find((candidate) => candidate.name === name)
    if (setting === undefined) throw wrong(`there is no setting ${shown(word)}`, 'see --help for those that there are')
    const before = flags.get(name) ?? []
    if (before.length > 0 && setting.type !== 'list') throw wrong(`--${name} is given twice`, 'give it once')
    const value = inline ?? (setting.type === 'switch' ? 'true' : argv[++index])
    if (value === undefined) throw wrong(`--${name} has no value`, `write --${name} ${setting.placeholder}`)
    flags.set(name, [...before, value])
  }
  return flags
}

type Value = Settings[keyof Settings]

/** `texts` has exactly one, but for a list; undefined where nobody gave any. */
function valueOf(setting: Setting, texts: readonly string[] | undefined, calledAs: string): Value {
  if (setting.type === 'list') return listOf(setting, texts ?? [], calledAs)
  const [text = setting.fallback] = texts ?? []
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

function listOf(
  { form, mayBe, most }: Extract<Setting, { readonly type: 'list' }>,
  texts: readonly string[],
  calledAs: string,
): readonly string[] {
  if (texts.length > most) throw wrong(`${calledAs} has ${texts.length} values`, `give at most ${most}`)
  const odd = texts.find((text) => !form.test(text))
  if (odd === undefined) return texts
  throw wrong(`${calledAs} is ${shown(odd)}`, `it must be ${mayBe}`)
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, shownLengthMax))
}

function wrong(what: string, hint: string): FlotillaError {
  return new FlotillaError('wrong-setting', what, { hint })
}
