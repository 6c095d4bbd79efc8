import { unreachable } from '@flotilla/core/errors'

/** What a text has to be to become the value of a setting. A regular expression is one. */
interface Form {
  test(text: string): boolean
}

interface TextKind {
  readonly type: 'text'
  readonly form: Form
  readonly mayBe: string
}

/** Of a file or a folder. In a settings file it counts from the folder of that file. */
interface PathKind {
  readonly type: 'path'
  /** What it leads to. */
  readonly of: 'file' | 'folder'
  /** Whether it may be empty, which means none. */
  readonly isOptional: boolean
}

interface ChoiceKind<Value extends string> {
  readonly type: 'choice'
  readonly choices: readonly Value[]
}

interface WholeKind {
  readonly type: 'whole'
  readonly least: number
  readonly most: number
}

interface SwitchKind {
  readonly type: 'switch'
}

/** Flags give it any number of times, the environment once, with commas between, a file as a list. */
interface ListKind {
  readonly type: 'list'
  readonly form: Form
  readonly mayBe: string
  readonly most: number
  /** What is wrong with all of them together, where each alone is right. */
  readonly disagreement?: (texts: readonly string[]) => string | undefined
}

interface Described {
  /** How `--help` shows the value; empty for a switch. */
  readonly placeholder: string
  readonly description: string
  /** What stands in for a value that nobody gave: as text it goes through the same checks. Empty for a list: none. */
  readonly fallback: string
  /** How the fallback is shown, where it is empty or differs from machine to machine. */
  readonly fallbackShown?: string
  /** A value that somebody might give; of a list, one of several. */
  readonly example: string
  /** A node that runs takes it from the file when it is told to read it again; all others hold from the next start. */
  readonly isLive?: true
  /** Where it cannot be given. A flag is there for every setting. */
  readonly notIn?: readonly ('environment' | 'file')[]
}

type KindFor<Value> = [Value] extends [boolean]
  ? SwitchKind
  : [Value] extends [number]
    ? WholeKind
    : [Value] extends [readonly string[]]
      ? ListKind
      : [string] extends [Value]
        ? TextKind | PathKind
        : [Value] extends [string]
          ? ChoiceKind<Value>
          : never

/** An entry for each setting of a group, of the type that the group says. */
export type SettingsTable<Group> = { readonly [Name in keyof Group]: Described & KindFor<Group[Name]> }

type SettingKind = TextKind | PathKind | ChoiceKind<string> | WholeKind | SwitchKind | ListKind

/** A setting with its name: `--name`, `FLOTILLA_NAME` and `name` in a file. */
export type Setting = Described & SettingKind & { readonly name: string }

export type SettingValue = string | number | boolean | readonly string[]

/** The environment variable; undefined where it has none. */
export function variableOf({ name, notIn = [] }: Setting): string | undefined {
  return notIn.includes('environment') ? undefined : `FLOTILLA_${name.toUpperCase().replaceAll('-', '_')}`
}

export function flagOf({ name, placeholder }: Setting): string {
  return placeholder === '' ? `--${name}` : `--${name} ${placeholder}`
}

/** What its value may be, as a sentence says it after "it must be". */
export function mayBeOf(setting: Setting): string {
  switch (setting.type) {
    case 'text':
    case 'list':
      return setting.mayBe
    case 'path':
      return `the path of a ${setting.of}`
    case 'choice':
      return `${setting.choices.slice(0, -1).join(', ')} or ${setting.choices.at(-1)}`
    case 'whole':
      return `a whole number from ${setting.least} to ${setting.most}`
    case 'switch':
      return 'true or false'
    default:
      return unreachable(setting, 'type of setting')
  }
}

/** What holds where nobody says anything, for people. */
export function fallbackOf({ fallback, fallbackShown }: Setting): string {
  return fallbackShown ?? fallback
}
