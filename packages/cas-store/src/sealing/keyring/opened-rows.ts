import type { Crypto } from '@flotilla/core/crypto'
import type { FlotillaError } from '@flotilla/core/errors'
import type { KeyRow } from '../../catalogue/contract.ts'
import type { KeyEpoch } from '../../types.ts'
import type { ChunkCipher } from '../chunk-cipher.ts'
import type { IdentitySecret } from '../contract.ts'
import { identityMark } from '../identity.ts'
import { keyringLimits } from '../limits.ts'
import { keyringError } from './keyring-error.ts'
import { parseWrapped, unwrapKey, type WrappedHeader } from './wrapped-key.ts'
import type { WrappingRecipe, WrappingSecret } from './wrapping-secret.ts'

export interface OpenedRows {
  readonly recipe: WrappingRecipe
  readonly wrappingKey: Uint8Array
  readonly identity: IdentitySecret
  /** The identity is the store's own, and is kept with its keys. */
  readonly isOwn: boolean
  readonly keys: ReadonlyMap<KeyEpoch, Uint8Array>
}

interface OpenOptions {
  readonly rows: readonly KeyRow[]
  readonly secret: WrappingSecret
  readonly identity?: IdentitySecret
  readonly crypto: Crypto
  readonly cipher: ChunkCipher
}

interface ParsedRow {
  readonly header: WrappedHeader
  readonly wrapped: Uint8Array
}

/**
 * Unwraps all rows, or throws `wrong-key` or `corrupt`. A row that cannot be unwrapped is never passed over: everything
 * sealed with that key would look damaged, and a scrub would put it aside.
 */
export async function openRows(options: OpenOptions): Promise<OpenedRows> {
  const rows = parseRows(options.rows)
  const [first] = rows
  if (first === undefined) throw damagedRow(0, 'it is missing')
  const { recipe } = first.header
  const wrappingKey = await wrappingKeyFor(recipe, options.secret)
  const unwrapped = rows.map((row) => unwrapKey(row.wrapped, { cipher: options.cipher, wrappingKey }))
  if (recipe.type === 'passphrase' && unwrapped.every((key) => key === undefined)) throw wrongPassphrase()
  const keys = new Map<KeyEpoch, Uint8Array>()
  let opened: { readonly identity: IdentitySecret; readonly isOwn: boolean } | undefined
  for (const [index, { header }] of rows.entries()) {
    const key = unwrapped[index]
    if (key === undefined) throw damagedRow(header.epoch, 'it is not authentic')
    if (header.what === 'data-key') keys.set(header.epoch as KeyEpoch, key)
    else opened = openIdentity(header, key, options)
  }
  if (opened === undefined) throw damagedRow(0, 'it is missing')
  if (keys.size === 0) throw damagedRow(1, 'it is missing')
  return { recipe, wrappingKey, ...opened, keys }
}

function parseRows(rows: readonly KeyRow[]): readonly ParsedRow[] {
  // One more than the keys, as the identity has a row too.
  if (rows.length > keyringLimits.keysMax + 1) throw damagedRow(rows.at(-1)?.epoch ?? 0, 'there are too many')
  const seen = new Set<number>()
  return rows.map(({ epoch, wrapped }, _, [first]) => {
    const parsed = parseWrapped(wrapped)
    if (parsed.type === 'refused') throw damagedRow(epoch, parsed.why)
    if (parsed.header.epoch !== epoch) throw damagedRow(epoch, `it holds the key of epoch ${parsed.header.epoch}`)
    if (seen.has(epoch)) throw damagedRow(epoch, 'it is there twice')
    seen.add(epoch)
    if (first !== undefined && !isSameRecipe(wrapped, first.wrapped)) {
      throw damagedRow(epoch, 'its wrapping key is made in another way than that of the others')
    }
    return { header: parsed.header, wrapped }
  })
}

/** All rows are wrapped again in one commit, so they never differ. */
export function isSameRecipe(wrapped: Uint8Array, other: Uint8Array): boolean {
  const [from, to] = recipeBytes
  return wrapped.subarray(from, to).every((byte, index) => byte === other[from + index])
}

async function wrappingKeyFor(recipe: WrappingRecipe, secret: WrappingSecret): Promise<Uint8Array> {
  const wrappingKey = recipe.type === secret.type ? await secret.wrappingKey(recipe) : undefined
  if (wrappingKey !== undefined) return wrappingKey
  if (recipe.type === 'passphrase') {
    throw keyringError('wrong-key', `the keys of this store are wrapped with a passphrase, not with ${secret.name}`, {
      hint: 'give the passphrase with which the store was made, or to which it was changed last',
    })
  }
  throw keyringError('wrong-key', `the keys of this store are wrapped with another key file than ${secret.name}`, {
    hint: 'use the key file with which the store was made, or to which it was changed last; look for it in backups',
  })
}

function wrongPassphrase(): FlotillaError {
  return keyringError('wrong-key', 'the passphrase does not open the keys of this store', {
    hint: 'type it again, and look at upper and lower case and the language of the keyboard',
  })
}

function openIdentity(
  { what }: WrappedHeader,
  key: Uint8Array,
  { identity, crypto }: OpenOptions,
): { readonly identity: IdentitySecret; readonly isOwn: boolean } {
  if (what === 'identity') {
    if (identity === undefined || isEqual(identity, key)) return { identity: key as IdentitySecret, isOwn: true }
    throw keyringError('wrong-key', 'this store was made for use alone, and has another identity than the cluster', {
      hint: 'use an empty folder in the cluster, and put into it what this store holds',
    })
  }
  if (identity === undefined) {
    throw keyringError('wrong-key', 'this store was made in a cluster, and its identity secret is kept there', {
      hint: 'open it as a member of that cluster, or give the identity secret of the cluster',
    })
  }
  if (isEqual(identityMark(crypto, identity), key)) return { identity, isOwn: false }
  throw keyringError('wrong-key', 'this store was written with another identity secret than the one given', {
    hint: 'use it in the cluster in which it was made, or use an empty folder',
  })
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index])
}

function damagedRow(epoch: number, why: string): FlotillaError {
  const whose = epoch === 0 ? 'the identity' : `epoch ${epoch}`
  return keyringError('corrupt', `the catalogue's key row of ${whose} is not what was written: ${why}`, {
    hint: 'restore the catalogue from a backup; if another release wrote it, use that one. Nothing was changed',
  })
}

/** Where the recipe stands in a wrapped key. */
const recipeBytes = [8, 28] as const
