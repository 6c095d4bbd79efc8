import type { NodeId } from '@flotilla/core/ids'
import type { Catalogue, CatalogueChange, StatementRow } from '../../catalogue/contract.ts'
import { blobError } from '../../store/errors.ts'
import type { BlobId } from '../../types.ts'
import type { ReplicationInstruments } from '../instruments.ts'
import type { ReplicationLimits } from '../limits.ts'
import { Authors } from '../statements/authors.ts'
import { takeApart, type LaidOut } from '../statements/layout.ts'
import { readRow, rowOf, sealStatement, type StatementKeys } from '../statements/sealing.ts'
import { compareRank, stampAfter } from '../statements/stamp.ts'
import { blobKey, keyOf, type BlobSaid, type Said, type StatementKey } from '../statements/statement.ts'
import { effectsOf } from './effects.ts'
import { judge, type JudgeOptions } from './judge.ts'
import { SerialQueue } from './serial-queue.ts'

export interface LedgerOptions extends JudgeOptions {
  readonly catalogue: Catalogue
  readonly keys: StatementKeys
  readonly self: NodeId
  readonly limits: ReplicationLimits
  readonly instruments: ReplicationInstruments
  /** Told of every statement that has become the newest about its key, once it is durable. */
  readonly onNews: (rows: readonly StatementRow[]) => void
}

/** Looks up what is known about a key, what is about to be committed included. */
export type Look = (key: StatementKey) => Promise<LaidOut | undefined>

/** Finds out, when nothing else is being changed, what is to be said; it may throw instead. */
export type Decide = (look: Look) => Promise<readonly Said[]>

interface News {
  readonly laidOut: LaidOut
  readonly row: StatementRow
}

interface Wish {
  readonly decide: Decide
  readonly isAlone: boolean
  readonly settled: PromiseWithResolvers<readonly StatementRow[]>
}

export interface Received {
  /** Its place in the feed of who sent it. */
  readonly seq: number
  readonly statement: Uint8Array
}

export interface Taken {
  readonly rows: readonly StatementRow[]
  /** The place of the first that was put off, if any was. */
  readonly putOffAt: number | undefined
}

/**
 * All that this node knows of what members have said, and the only place that changes it. Changes are made one after
 * the other, so what was decided upon still holds when it is committed; those that wait for each other share a commit.
 */
export class Ledger {
  readonly #options: LedgerOptions
  readonly #authors: Authors
  readonly #queue = new SerialQueue()
  readonly #wishes: Wish[] = []
  #isGranting = false

  constructor(options: LedgerOptions) {
    this.#options = options
    this.#authors = new Authors(options.crypto)
  }

  /** What is known about that key, if anything. */
  async look(key: StatementKey): Promise<LaidOut | undefined> {
    const row = await this.#options.catalogue.statement(key)
    return row === undefined ? undefined : readRow(row)
  }

  /** The blob, if there is one. */
  async blob(id: BlobId): Promise<BlobSaid | undefined> {
    const known = await this.look(blobKey(id))
    return known?.said.type === 'blob' ? known.said : undefined
  }

  /** Says something, newer than whatever is known about the same keys; durable here when it resolves. */
  make(decide: Decide, { isAlone = false }: { readonly isAlone?: boolean } = {}): Promise<readonly StatementRow[]> {
    const { statementsWaitingMax } = this.#options.limits
    if (this.#wishes.length >= statementsWaitingMax) {
      throw blobError('overloaded', `${statementsWaitingMax} statements wait already (statementsWaitingMax)`)
    }
    const settled = Promise.withResolvers<readonly StatementRow[]>()
    this.#wishes.push({ decide, isAlone, settled })
    this.#grant()
    return settled.promise
  }

  /** Changes the catalogue while no statement does. */
  exclusively<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#queue.run(work)
  }

  /**
   * Takes what a peer has sent, as far as it is news; `along` may add what is to become durable together with it. Takes
   * nothing and throws a `ProtocolError` where anything in it is malformed or forged.
   */
  take(received: readonly Received[], along: (taken: Taken) => readonly CatalogueChange[] = () => []): Promise<Taken> {
    return this.#queue.run(async () => {
      const { catalogue, instruments, onNews } = this.#options
      const apart = received.map(({ statement }) => takeApart(statement))
      const known = await Promise.all(apart.map(({ key }) => catalogue.statement(key)))
      const newest = new Map<string, StatementRow | undefined>(
        known.map((row, index) => [apart[index]?.key ?? '', row]),
      )
      const news: News[] = []
      let putOffAt: number | undefined
      for (const [index, laidOut] of apart.entries()) {
        const { seq, statement } = received[index] as Received
        const row = rowOf(laidOut, statement, this.#authors)
        const before = newest.get(row.key)
        if (before !== undefined && compareRank(before, row) >= 0) continue
        const judgement = judge(laidOut, row, this.#options)
        if (judgement === 'taken') {
          newest.set(row.key, row)
          news.push({ laidOut, row })
        } else {
          instruments.statementsRefused.inc({ why: judgement })
          putOffAt = Math.min(putOffAt ?? seq, seq)
        }
      }
      const taken: Taken = { rows: news.map(({ row }) => row), putOffAt }
      const changes = changesOf(news)
      changes.push(...along(taken))
      if (changes.length > 0) await catalogue.commit(changes)
      instruments.statementsTaken.inc({}, news.length)
      if (news.length > 0) onNews(taken.rows)
      return taken
    })
  }

  /** Resolves when nothing is being changed any more. */
  async idle(): Promise<void> {
    while (this.#isGranting) await this.#queue.idle()
    await this.#queue.idle()
  }

  #grant(): void {
    if (this.#isGranting || this.#wishes.length === 0) return
    this.#isGranting = true
    void this.#queue
      .run(() => this.#grantSome(this.#nextWishes()))
      .finally(() => {
        this.#isGranting = false
        this.#grant()
      })
  }

  #nextWishes(): readonly Wish[] {
    const { statementsPerCommitMax } = this.#options.limits
    const alone = this.#wishes.findIndex(({ isAlone }) => isAlone)
    const count = alone === -1 ? statementsPerCommitMax : Math.max(alone, 1)
    return this.#wishes.splice(0, Math.min(count, statementsPerCommitMax))
  }

  /** It never rejects: each wish is told by itself. */
  async #grantSome(wishes: readonly Wish[]): Promise<void> {
    const made = new Map<StatementKey, News>()
    const granted: { readonly wish: Wish; readonly rows: readonly StatementRow[] }[] = []
    const look: Look = async (key) => made.get(key)?.laidOut ?? this.look(key)
    for (const wish of wishes) {
      try {
        const rows: StatementRow[] = []
        const said = await wish.decide(look)
        for (const one of said) {
          const news = await this.#draft(one, look)
          made.set(keyOf(one), news)
          rows.push(news.row)
        }
        granted.push({ wish, rows })
      } catch (error) {
        wish.settled.reject(error)
      }
    }
    try {
      const changes = changesOf([...made.values()])
      if (changes.length > 0) await this.#options.catalogue.commit(changes)
    } catch (error) {
      for (const { wish } of granted) wish.settled.reject(error)
      return
    }
    if (made.size > 0) this.#options.onNews(Array.from(made.values(), ({ row }) => row))
    for (const { wish, rows } of granted) wish.settled.resolve(rows)
  }

  async #draft(said: Said, look: Look): Promise<News> {
    const { clock, keys, self } = this.#options
    const known = await look(keyOf(said))
    const stamp = stampAfter(known?.stamp, clock.wallNow())
    const row = sealStatement({ said, stamp }, keys, self)
    return { row, laidOut: readRow(row) }
  }
}

function changesOf(news: readonly News[]): CatalogueChange[] {
  return news.flatMap(({ laidOut, row }): CatalogueChange[] => [
    { type: 'set-statement', statement: row },
    ...effectsOf(laidOut),
  ])
}
