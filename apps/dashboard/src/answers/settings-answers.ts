import type { UserRole } from '../api/session.ts'

/** What the paths of settings, users and tokens answer, as far as the page shows it. */
export interface SettingsAnswer {
  readonly file: string | null
  readonly settings: readonly SettingEntry[]
  readonly onDisk: {
    readonly problems: readonly {
      readonly file: string | null
      readonly line: number | null
      readonly what: string
      readonly hint: string
    }[]
    readonly changed: readonly string[]
    readonly waiting: readonly string[]
  }
  readonly warnings: readonly string[]
}

export interface SettingEntry {
  readonly name: string
  readonly shown: string
  readonly origin: 'flag' | 'environment' | 'file' | 'default'
  readonly calledAs: string | null
  readonly live: boolean
}

export interface UsersAnswer {
  readonly canChange: boolean
  readonly users: readonly UserEntry[]
}

export interface UserEntry {
  readonly name: string
  readonly role: UserRole
  readonly changedAt: string
}

export interface TokensAnswer {
  readonly canChange: boolean
  readonly tokens: readonly TokenEntry[]
}

export interface TokenEntry {
  readonly id: string
  readonly name: string
  readonly role: UserRole
  readonly until: string
}
