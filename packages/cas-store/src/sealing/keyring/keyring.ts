import type { Crypto } from '@flotilla/core/crypto'
import { assert } from '@flotilla/core/errors'
import type { Entropy } from '@flotilla/core/random'
import type { CatalogueChange, KeyRow } from '../../catalogue/contract.ts'
import type { KeyEpoch } from '../../types.ts'
import { nonceBytes, type ChunkCipher } from '../chunk-cipher.ts'
import type { DataKeys, IdentitySecret } from '../contract.ts'
import { identityMark } from '../identity.ts'
import { keyringLimits } from '../limits.ts'
import { keyringError } from './keyring-error.ts'
import { openRows, type OpenedRows } from './opened-rows.ts'
import { keyBytes, wrapKey, type WrappedWhat } from './wrapped-key.ts'
import type { WrappingRecipe, WrappingSecret } from './wrapping-secret.ts'

export interface KeyringOptions {
  /** All of the catalogue, the row of epoch 0 among them. */
  readonly rows: readonly KeyRow[]
  /** Makes all of the changes durable, or none. */
  readonly commit: (changes: readonly CatalogueChange[]) => Promise<void>
  readonly secret: WrappingSecret
  /** Nothing was ever written to the store: only then are keys made. */
  readonly isEmpty: boolean
  /** That of the cluster. A store used alone has its own, which is made with the keys and kept among them. */
  readonly identity?: IdentitySecret
  readonly crypto: Crypto
  readonly cipher: ChunkCipher
  readonly entropy: Entropy
  readonly nowMs: () => number
}

/**
 * The data keys of a node, and the identity secret of its store. Whatever it changes is durable before it counts: a
 * commit that fails changes nothing here. Changes happen one after the other.
 */
export interface Keyring extends Disposable {
  readonly identity: IdentitySecret
  /** Hand them to the workshop whenever they change. */
  readonly keys: DataKeys
  /** Makes a new key, with which everything is sealed from now on. */
  rotate(): Promise<DataKeys>
  /**
   * Forgets all keys but these and the newest. What is sealed with one that is forgotten can never be read again, so no
   * chunk may have it, nor may any write be under way that began before the rotation.
   */
  retire(needed: Iterable<KeyEpoch>): Promise<DataKeys>
  /** From now on that secret opens the store, and no other. */
  rewrap(secret: WrappingSecret): Promise<void>
  /** Writes all rows again: whoever keeps them may have lost some. */
  rewrite(): Promise<void>
}

/**
 * Rejects with `wrong-key` where the secret or the identity is not that of the store, and with `corrupt` where a row is
 * not what was written; nothing is written then.
 */
export async function openKeyring(options: KeyringOptions): Promise<Keyring> {
  if (options.rows.length === 0) return createKeyring(options)
  return new WrappedKeyring(options, await openRows(options))
}

async function createKeyring(options: KeyringOptions): Promise<Keyring> {
  const { secret, entropy, isEmpty } = options
  if (!isEmpty) {
    throw keyringError('wrong-key', 'the store holds chunks, but its keys are missing', {
      hint: 'restore the catalogue from a backup; without its keys nothing that the store holds can be read',
    })
  }
  const recipe = secret.newRecipe()
  const wrappingKey = await secret.wrappingKey(recipe)
  assert(wrappingKey !== undefined, 'a secret opens what it was made for')
  const identity = options.identity ?? (entropy.bytes(keyBytes) as IdentitySecret)
  const isOwn = options.identity === undefined
  const keyring = new WrappedKeyring(options, { recipe, wrappingKey, identity, isOwn, keys: new Map() })
  await keyring.rotate()
  return keyring
}

class WrappedKeyring implements Keyring {
  readonly #options: KeyringOptions
  #wrapping: Wrapping
  /** A change of the secret may have failed or not: nobody knows how the rows are wrapped. */
  #mustWrapAll = false
  readonly #identity: IdentitySecret
  readonly #isOwnIdentity: boolean
  #keys: ReadonlyMap<KeyEpoch, Uint8Array>
  /** The last change that was asked for. It never rejects. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(options: KeyringOptions, opened: OpenedRows) {
    this.#options = options
    this.#wrapping = { recipe: opened.recipe, wrappingKey: opened.wrappingKey }
    this.#identity = Uint8Array.from(opened.identity) as IdentitySecret
    this.#isOwnIdentity = opened.isOwn
    this.#keys = opened.keys
  }

  get identity(): IdentitySecret {
    return this.#identity
  }

  get keys(): DataKeys {
    const newest = [...this.#keys.keys()].reduce((most, epoch) => (epoch > most ? epoch : most), firstEpoch)
    return { newest, keys: this.#keys }
  }

  rotate(): Promise<DataKeys> {
    return this.#inTurn(async () => {
      const { keysMax } = keyringLimits
      if (this.#keys.size >= keysMax) {
        throw keyringError('overloaded', `the store has ${keysMax} data keys, and may have no more`, {
          hint: 'wait until its chunks are sealed again with the newest, which happens in the background',
        })
      }
      const isFirst = this.#keys.size === 0
      const epoch = isFirst ? firstEpoch : ((this.keys.newest + 1) as KeyEpoch)
      const key = this.#options.entropy.bytes(keyBytes)
      const keys = new Map([...this.#keys, [epoch, key]])
      const isAll = isFirst || this.#mustWrapAll
      await this.#options.commit(isAll ? this.#allRows(this.#wrapping, keys) : [this.#keyRow(epoch, key)])
      this.#mustWrapAll = false
      this.#keys = keys
      return this.keys
    })
  }

  retire(needed: Iterable<KeyEpoch>): Promise<DataKeys> {
    return this.#inTurn(async () => {
      const kept = new Set([...needed, this.keys.newest])
      const retired = [...this.#keys].filter(([epoch]) => !kept.has(epoch))
      if (retired.length === 0) return this.keys
      await this.#options.commit(retired.map(([epoch]) => ({ type: 'remove-key', epoch })))
      this.#keys = new Map([...this.#keys].filter(([epoch]) => kept.has(epoch)))
      for (const [, key] of retired) key.fill(0)
      return this.keys
    })
  }

  rewrite(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#options.commit(this.#allRows(this.#wrapping, this.#keys))
      this.#mustWrapAll = false
    })
  }

  rewrap(secret: WrappingSecret): Promise<void> {
    return this.#inTurn(async () => {
      const recipe = secret.newRecipe()
      const wrappingKey = await secret.wrappingKey(recipe)
      assert(wrappingKey !== undefined, 'a secret opens what it was made for')
      const wrapping = { recipe, wrappingKey }
      this.#mustWrapAll = true
      await this.#options.commit(this.#allRows(wrapping, this.#keys))
      this.#mustWrapAll = false
      this.#wrapping = wrapping
    })
  }

  [Symbol.dispose](): void {
    for (const key of this.#keys.values()) key.fill(0)
    this.#identity.fill(0)
  }

  /** Wrapped in one way, and committed together, as rows that are wrapped in different ways open under no secret. */
  #allRows(wrapping: Wrapping, keys: ReadonlyMap<KeyEpoch, Uint8Array>): readonly CatalogueChange[] {
    const identity = this.#isOwnIdentity
      ? this.#row('identity', identityEpoch, this.#identity, wrapping)
      : this.#row('identity-mark', identityEpoch, identityMark(this.#options.crypto, this.#identity), wrapping)
    return [identity, ...[...keys].map(([epoch, key]) => this.#row('data-key', epoch, key, wrapping))]
  }

  #keyRow(epoch: KeyEpoch, key: Uint8Array): CatalogueChange {
    return this.#row('data-key', epoch, key, this.#wrapping)
  }

  #row(what: WrappedWhat, epoch: KeyEpoch, key: Uint8Array, { recipe, wrappingKey }: Wrapping): CatalogueChange {
    const { cipher, entropy, nowMs } = this.#options
    const wrapped = wrapKey({ what, epoch, recipe }, key, { cipher, wrappingKey, nonce: entropy.bytes(nonceBytes) })
    return { type: 'set-key', key: { epoch, wrapped, atMs: nowMs() } }
  }

  #inTurn<Result>(change: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(change)
    this.#turn = result.catch(() => undefined)
    return result
  }
}

interface Wrapping {
  readonly recipe: WrappingRecipe
  readonly wrappingKey: Uint8Array
}

const firstEpoch = 1 as KeyEpoch
/** Of the row that holds the identity, or tells which it is. */
const identityEpoch = 0 as KeyEpoch
