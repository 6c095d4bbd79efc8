import { createCodec, array, bytes, integer, object, string, type Codec } from '@flotilla/core/codec'
import type { Crypto } from '@flotilla/core/crypto'
import type { WallMillis } from '@flotilla/core/time'
import { accountLimits } from './config.ts'
import {
  checkEntry,
  compareEntries,
  isOver,
  isOfUser,
  keyOf,
  readEntry,
  type AccountEntry,
  type AccountIssuer,
  type SignedEntry,
  type TokenEntry,
  type UserEntry,
} from './entry.ts'

export const digestLength = 16

/** What one book says of itself to others. */
export interface BookState {
  /** The same for books of the same entries. */
  readonly digest: Uint8Array
  /** When its latest entry was made; 0 for none. */
  readonly latest: number
}

interface BookRecord {
  readonly version: number
  readonly scope: string
  readonly entries: readonly Uint8Array[]
}

const version = 1
const { entriesMax, entryBytesMax } = accountLimits

export const bookCodec: Codec<BookRecord> = createCodec({
  name: 'record of the accounts',
  schema: object({
    version: integer({ min: version, max: version }),
    scope: string({ bytesMax: 64 }),
    entries: array(bytes({ bytesMax: entryBytesMax }), { countMax: entriesMax }),
  }),
})

/** The latest entry about each user and each token, each vouched for; the same in whatever order they come. */
export class AccountBook {
  readonly issuer: AccountIssuer
  readonly #crypto: Crypto
  /** At most `entriesMax`. */
  readonly #entries = new Map<string, SignedEntry>()
  /** The hashes of all entries, put together by exclusive or: the order does not matter. */
  readonly #digest = new Uint8Array(digestLength)

  constructor(crypto: Crypto, issuer: AccountIssuer) {
    this.#crypto = crypto
    this.issuer = issuer
  }

  get state(): BookState {
    let latest = 0
    for (const { entry } of this.#entries.values()) latest = Math.max(latest, entry.changedAt)
    return { digest: this.#digest.slice(), latest }
  }

  /**
   * Takes an entry over if it counts and not the one that we have; returns whether it does. Throws a `ProtocolError`
   * for one that nobody vouches for.
   */
  offer(encoded: Uint8Array, wallNow: WallMillis): boolean {
    const offered = readEntry(this.issuer.scope, encoded)
    const key = keyOf(offered.entry)
    const known = this.#entries.get(key)
    // Old news are no reason to look at a signature.
    if (isOver(offered.entry, wallNow) || (known !== undefined && compareEntries(offered, known) <= 0)) return false
    checkEntry(this.#crypto, this.issuer, offered)
    if (known === undefined && this.#entries.size >= entriesMax) return false
    this.#put(key, offered)
    return true
  }

  /** Whether something is forgotten: of tokens that are over nobody needs to hear. */
  prune(wallNow: WallMillis): boolean {
    const over = [...this.#entries].filter(([, { entry }]) => isOver(entry, wallNow))
    for (const [key, signed] of over) {
      this.#entries.delete(key)
      this.#mix(signed)
    }
    return over.length > 0
  }

  user(name: string): UserEntry | undefined {
    const entry = this.#entries.get(`user ${name}`)?.entry
    return entry?.type === 'user' ? entry : undefined
  }

  token(id: string): TokenEntry | undefined {
    const entry = this.#entries.get(`token ${id}`)?.entry
    return entry?.type === 'token' ? entry : undefined
  }

  users(): readonly UserEntry[] {
    return this.all().filter((entry) => entry.type === 'user')
  }

  tokens(): readonly TokenEntry[] {
    return this.all().filter((entry) => entry.type === 'token')
  }

  /** What is known of that user or token, be it that it was removed. */
  about(entry: AccountEntry): AccountEntry | undefined {
    return this.#entries.get(keyOf(entry))?.entry
  }

  all(): readonly AccountEntry[] {
    return Array.from(this.#entries.values(), ({ entry }) => entry)
  }

  /** Names that users have ever had, and tokens that are not over: those that were removed among them. */
  counts(): { readonly userNames: number; readonly tokenIds: number } {
    const userNames = this.all().filter(isOfUser).length
    return { userNames, tokenIds: this.#entries.size - userNames }
  }

  /** In the order of their keys, from behind that one on; `next` where there are more. */
  page(after: string): { readonly entries: readonly Uint8Array[]; readonly next: string | undefined } {
    const keys = [...this.#entries.keys()].filter((key) => key > after).toSorted()
    const taken = keys.slice(0, accountLimits.pageEntriesMax)
    const entries = taken.flatMap((key) => this.#entries.get(key)?.bytes ?? [])
    return { entries, next: keys.length > taken.length ? taken.at(-1) : undefined }
  }

  record(): Uint8Array {
    const entries = Array.from(this.#entries.values(), ({ bytes: encoded }) => encoded)
    return bookCodec.encode({ version, scope: this.issuer.scope, entries })
  }

  #put(key: string, signed: SignedEntry): void {
    const before = this.#entries.get(key)
    if (before !== undefined) this.#mix(before)
    this.#entries.set(key, signed)
    this.#mix(signed)
  }

  /** Adds an entry to the digest, or takes it out. */
  #mix({ bytes: encoded }: SignedEntry): void {
    const hash = this.#crypto.sha256(encoded)
    for (let index = 0; index < digestLength; index++) {
      this.#digest[index] = (this.#digest[index] ?? 0) ^ (hash[index] ?? 0)
    }
  }
}
