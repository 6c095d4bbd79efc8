import { FlotillaError } from '@flotilla/core/errors'
import type { Logger } from '@flotilla/core/observe'
import type { Origin } from './given-texts.ts'
import { SettingsError, type SettingProblem } from './setting-problem.ts'
import { settingsOf, type SettingName, type Settings } from './settings.ts'
import type { ReadSettings } from './settings-reader.ts'
import type { Setting } from './setting.ts'

/** What came of reading the file again. */
export interface ReloadReport {
  readonly file: string | undefined
  /** Everything that is wrong; then nothing has changed. */
  readonly problems: readonly SettingProblem[]
  /** Those that hold now. */
  readonly changed: readonly SettingName[]
  /** Those that differ and hold from the next start. */
  readonly waiting: readonly SettingName[]
}

type Listener = () => void

/**
 * The settings that hold now. Those that are live may change while the node runs; whoever reads them where he needs
 * them, from `settings`, has the right ones, and whoever keeps what he made of one watches it.
 */
export class SettingsInForce {
  /** A view: each reading gives what holds at that moment. */
  readonly settings: Settings
  readonly #again: () => Promise<ReadSettings>
  readonly #table: readonly Setting[]
  readonly #values: Map<string, Settings[SettingName]>
  readonly #origins: Map<SettingName, Origin>
  readonly #given: Map<SettingName, string>
  readonly #listeners = new Map<SettingName, Set<Listener>>()
  #file: string | undefined
  #warnings: readonly string[]
  #turn: Promise<unknown> = Promise.resolve()

  /** `again` reads everything anew from where `read` came. */
  constructor(read: ReadSettings, again: () => Promise<ReadSettings>) {
    this.#again = again
    this.#table = settingsOf('')
    this.#values = new Map(Object.entries<Settings[SettingName]>({ ...read.settings }))
    this.#origins = new Map(read.origins)
    this.#given = new Map(read.given)
    this.#file = read.file
    this.#warnings = read.warnings
    this.settings = viewOf(this.#values)
  }

  get given(): ReadonlyMap<SettingName, string> {
    return this.#given
  }

  get origins(): ReadonlyMap<SettingName, Origin> {
    return this.#origins
  }

  get file(): string | undefined {
    return this.#file
  }

  get warnings(): readonly string[] {
    return this.#warnings
  }

  /** Told after each change of that one. */
  watch(name: SettingName, listener: Listener): Disposable {
    const listeners = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, listeners.add(listener))
    return { [Symbol.dispose]: () => void listeners.delete(listener) }
  }

  /** One after the other. Never rejects for what is wrong in a file, or with it. */
  reload(logger: Logger): Promise<ReloadReport> {
    const report = this.#turn.then(() => this.#reloaded(logger))
    this.#turn = report.catch(() => {})
    return report
  }

  /** What `reload` would say; nothing changes. */
  async difference(): Promise<ReloadReport & { readonly warnings: readonly string[] }> {
    const read = await this.#readAgain()
    if ('problems' in read) return { ...this.#failed(read.problems), warnings: this.#warnings }
    return { file: read.file, problems: [], ...this.#compared(read), warnings: read.warnings }
  }

  async #reloaded(logger: Logger): Promise<ReloadReport> {
    const read = await this.#readAgain()
    if ('problems' in read) return this.#failed(read.problems)
    const compared = this.#compared(read)
    this.#file = read.file
    this.#warnings = read.warnings
    for (const { name: text } of this.#table) {
      const name = text as SettingName
      if (compared.waiting.includes(name)) continue
      this.#values.set(name, read.settings[name])
      setOrDelete(this.#origins, name, read.origins.get(name))
      setOrDelete(this.#given, name, read.given.get(name))
    }
    for (const name of compared.changed) this.#tell(name, logger)
    return { file: read.file, problems: [], ...compared }
  }

  #compared({ settings }: ReadSettings): Pick<ReloadReport, 'changed' | 'waiting'> {
    const differing = this.#table.filter(({ name }) => {
      return JSON.stringify(settings[name as SettingName]) !== JSON.stringify(this.#values.get(name))
    })
    const names = (isLive: boolean): readonly SettingName[] =>
      differing.filter((setting) => (setting.isLive === true) === isLive).map(({ name }) => name as SettingName)
    return { changed: names(true), waiting: names(false) }
  }

  async #readAgain(): Promise<ReadSettings | { readonly problems: readonly SettingProblem[] }> {
    try {
      const read = await this.#again()
      // Without it the defaults would hold, which may allow others more than it did.
      if (this.#file === undefined || read.file !== undefined) return read
      const hint = 'put it back, or start the node again without it'
      return { problems: [{ place: { file: this.#file }, what: 'this file is not there any more', hint }] }
    } catch (error) {
      if (error instanceof SettingsError) return { problems: error.problems }
      throw error
    }
  }

  #failed(problems: readonly SettingProblem[]): ReloadReport {
    return { file: this.#file, problems, changed: [], waiting: [] }
  }

  /** A part that cannot do with the new value keeps what it has; the others are told all the same. */
  #tell(name: SettingName, logger: Logger): void {
    for (const listener of this.#listeners.get(name) ?? []) {
      try {
        listener()
      } catch (error) {
        const reason = error instanceof FlotillaError ? error.sentence : undefined
        logger.error({ err: error, setting: name, reason }, 'a part of the node goes on with the old value')
      }
    }
  }
}

function viewOf(values: ReadonlyMap<string, Settings[SettingName]>): Settings {
  const view = {}
  for (const name of values.keys()) {
    Object.defineProperty(view, name, { enumerable: true, get: () => values.get(name) })
  }
  // It has every key that the settings had which it is made of.
  return Object.freeze(view) as Settings
}

function setOrDelete<Key, Value>(map: Map<Key, Value>, key: Key, value: Value | undefined): void {
  if (value === undefined) map.delete(key)
  else map.set(key, value)
}
