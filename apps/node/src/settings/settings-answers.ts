import type { SettingValue } from './setting.ts'

/** What `/v1/settings` answers. */
export interface SettingsAnswer {
  /** The file that was read; `null` where there is none. */
  readonly file: string | null
  readonly settings: readonly SettingEntry[]
  /** What reading everything again would bring. */
  readonly onDisk: ReloadAnswer
  /** What is not wrong and should be known. */
  readonly warnings: readonly string[]
}

export interface SettingEntry {
  readonly name: string
  readonly value: SettingValue
  /** For people: what an empty value means. */
  readonly shown: string
  readonly origin: 'flag' | 'environment' | 'file' | 'default'
  /** As it was called there, with file and line; `null` where nobody gave it. */
  readonly calledAs: string | null
  /** Whether it can change while the node runs. */
  readonly live: boolean
}

/** What came of reading the file again, or would. */
export interface ReloadAnswer {
  readonly file: string | null
  /** Where something is wrong nothing changes. */
  readonly problems: readonly ProblemAnswer[]
  readonly changed: readonly string[]
  /** Those that hold from the next start. */
  readonly waiting: readonly string[]
}

export interface ProblemAnswer {
  readonly file: string | null
  readonly line: number | null
  readonly column: number | null
  readonly what: string
  readonly hint: string
}
