import type { Clock, WallMillis } from '@flotilla/core/time'
import type { Database } from './database.ts'

export type HistoryType =
  /** A life began. */
  | 'started'
  /** A life ended as told. */
  | 'stopped'
  /** A life ended without saying so, in a crash or a power cut; noticed, and dated, at the next start. */
  | 'unclean stop'

export interface HistoryRow {
  readonly id: number
  /** Which start of this node it belongs to, from 1. */
  readonly life: number
  readonly type: HistoryType
  readonly wallMs: WallMillis
  readonly version: string
}

export interface HistoryOptions {
  readonly database: Database
  readonly clock: Clock
  readonly version: string
  readonly rowsMax: number
}

export interface Beginning {
  /** This is the so many-th start of the node, from 1. */
  readonly life: number
  readonly afterUncleanStop: boolean
}

/** What happened to this node, newest last; bounded, the oldest rows go first. */
export class History {
  readonly #options: HistoryOptions

  constructor(options: HistoryOptions) {
    this.#options = options
  }

  /** Notes the start, and before it the end of the life before, if that never said that it had stopped. */
  begin(): Beginning {
    const { database } = this.#options
    return database.transaction(() => {
      const [last] = this.last(1)
      const life = (last?.life ?? 0) + 1
      const afterUncleanStop = last !== undefined && last.type !== 'stopped'
      if (afterUncleanStop) this.#add(last.life, 'unclean stop')
      this.#add(life, 'started')
      return { life, afterUncleanStop }
    })()
  }

  end(life: number): void {
    this.#options.database.transaction(() => this.#add(life, 'stopped'))()
  }

  /** At most so many, the newest first. */
  last(rows: number): readonly HistoryRow[] {
    const statement = this.#options.database.prepare<[number], HistoryRow>(
      'SELECT id, life, type, wall_ms AS wallMs, version FROM history ORDER BY id DESC LIMIT ?',
    )
    return statement.all(rows)
  }

  get rows(): number {
    return this.#options.database.prepare<[], number>('SELECT count(*) FROM history').pluck().get() ?? 0
  }

  #add(life: number, type: HistoryType): void {
    const { database, clock, version, rowsMax } = this.#options
    const added = database
      .prepare('INSERT INTO history (life, type, wall_ms, version) VALUES (?, ?, ?, ?)')
      .run(life, type, Math.round(clock.wallNow()), version)
    database.prepare('DELETE FROM history WHERE id <= ?').run(Number(added.lastInsertRowid) - rowsMax)
  }
}
