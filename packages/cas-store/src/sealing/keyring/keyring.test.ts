import { nodeCrypto } from '@flotilla/core/crypto/node'
import { Prng } from '@flotilla/core/random'
import { describe, expect, test } from 'vitest'
import type { CatalogueChange, KeyRow } from '../../catalogue/contract.ts'
import type { KeyEpoch } from '../../types.ts'
import type { IdentitySecret } from '../contract.ts'
import { keyringLimits } from '../limits.ts'
import { nodeChunkCipher } from '../node-chunk-cipher.ts'
import { openKeyring, type Keyring, type KeyringOptions } from './keyring.ts'
import { passphraseSecret } from './node-passphrase.ts'
import { rawSecret } from './raw-secret.ts'
import type { WrappingSecret } from './wrapping-secret.ts'

const crypto = nodeCrypto()
const cipher = nodeChunkCipher()
const keyFile = rawSecret(crypto, new Uint8Array(32).fill(1), 'the key file /keys/one')
const otherKeyFile = rawSecret(crypto, new Uint8Array(32).fill(2), 'the key file /keys/two')
const cheap = { costLog2: 10 }
const passphrase = passphraseSecret({ passphrase: 'five words drawn at random', cost: cheap })
const clusterIdentity = new Uint8Array(32).fill(8) as IdentitySecret
const epochs = (keyring: Keyring): readonly number[] => [...keyring.keys.keys.keys()]

/** The keys table of a catalogue. */
class Table {
  rows: readonly KeyRow[] = []
  commits = 0
  /** What happens to the next commit. */
  next: 'good' | 'fails' | 'fails-but-happened' = 'good'

  async commit(changes: readonly CatalogueChange[]): Promise<void> {
    await Promise.resolve()
    const { next } = this
    this.next = 'good'
    if (next !== 'fails') this.rows = changes.reduce(changed, this.rows)
    if (next !== 'good') throw new Error('the disk is full')
    this.commits++
  }
}

function changed(rows: readonly KeyRow[], change: CatalogueChange): readonly KeyRow[] {
  if (change.type === 'set-key') return [...rows.filter(({ epoch }) => epoch !== change.key.epoch), change.key]
  if (change.type === 'remove-key') return rows.filter(({ epoch }) => epoch !== change.epoch)
  return expect.fail(`a keyring does not change ${change.type}`)
}

function open(table: Table, options: Partial<KeyringOptions> = {}): Promise<Keyring> {
  return openKeyring({
    rows: table.rows,
    commit: (changes) => table.commit(changes),
    secret: keyFile,
    isEmpty: false,
    crypto,
    cipher,
    entropy: new Prng(table.commits),
    nowMs: () => 5,
    ...options,
  })
}

async function tableOf(options: Partial<KeyringOptions> = {}): Promise<Table> {
  const table = new Table()
  await open(table, { isEmpty: true, ...options })
  return table
}

describe('a new store', () => {
  test('gets a key and an identity in one commit, and opens with them', async () => {
    const table = new Table()
    const made = await open(table, { isEmpty: true })
    expect(table.commits).toBe(1)
    expect(table.rows.map(({ epoch, atMs }) => ({ epoch, atMs }))).toEqual([
      { epoch: 0, atMs: 5 },
      { epoch: 1, atMs: 5 },
    ])
    const opened = await open(table)
    expect(opened.keys).toEqual(made.keys)
    expect(opened.identity).toEqual(made.identity)
    expect(made.keys.newest).toBe(1)
    expect(table.commits).toBe(1)
  })

  test('has none of its secrets in the rows', async () => {
    const table = new Table()
    const { identity, keys } = await open(table, { isEmpty: true })
    const written = table.rows.map(({ wrapped }) => wrapped.join()).join(';')
    for (const secret of [identity, ...keys.keys.values()]) expect(written).not.toContain(secret.join())
  })

  test('whose keys cannot be committed is not opened', async () => {
    const table = new Table()
    table.next = 'fails'
    await expect(open(table, { isEmpty: true })).rejects.toThrow('the disk is full')
  })

  test('is one only if it is empty: a catalogue that lost its keys gets no others', async () => {
    const table = new Table()
    await expect(open(table)).rejects.toMatchObject({ code: 'wrong-key' })
    expect(table.rows).toEqual([])
  })
})

describe('rotation', () => {
  test('adds a key, which is the newest, and survives', async () => {
    const table = await tableOf()
    const keyring = await open(table)
    const first = keyring.keys.keys.get(1 as KeyEpoch)
    expect((await keyring.rotate()).newest).toBe(2)
    expect((await keyring.rotate()).newest).toBe(3)
    expect(keyring.keys.keys.get(1 as KeyEpoch)).toEqual(first)
    expect(new Set([...keyring.keys.keys.values()].map((key) => key.join())).size).toBe(3)
    expect((await open(table)).keys).toEqual(keyring.keys)
  })

  test('that was not committed did not happen', async () => {
    const table = await tableOf()
    const keyring = await open(table)
    for (const next of ['fails', 'fails-but-happened'] as const) {
      table.next = next
      await expect(keyring.rotate()).rejects.toThrow('the disk is full')
      expect(epochs(keyring)).toEqual([1])
    }
    await keyring.rotate()
    expect((await open(table)).keys).toEqual(keyring.keys)
  })

  test('several at a time happen one after the other', async () => {
    const table = await tableOf()
    const keyring = await open(table)
    const newest = await Promise.all([keyring.rotate(), keyring.rotate(), keyring.retire([]), keyring.rotate()])
    expect(newest.map((keys) => keys.newest)).toEqual([2, 3, 3, 4])
    expect(epochs(keyring)).toEqual([3, 4])
    expect((await open(table)).keys).toEqual(keyring.keys)
  })

  test('is refused when there are too many keys, until some are given up', async () => {
    const table = await tableOf()
    const keyring = await open(table)
    for (let made = 1; made < keyringLimits.keysMax; made++) await keyring.rotate()
    await expect(keyring.rotate()).rejects.toMatchObject({ code: 'overloaded' })
    expect((await open(table)).keys.newest).toBe(keyringLimits.keysMax)
    await keyring.retire([])
    expect((await keyring.rotate()).newest).toBe(keyringLimits.keysMax + 1)
  })
})

describe('giving up keys', () => {
  test('keeps what is needed and the newest, zeroes the others, and never counts an epoch twice', async () => {
    const table = await tableOf()
    const keyring = await open(table)
    for (let made = 0; made < 3; made++) await keyring.rotate()
    const first = keyring.keys.keys.get(1 as KeyEpoch)
    await keyring.retire([2 as KeyEpoch, 99 as KeyEpoch])
    expect(epochs(keyring)).toEqual([2, 4])
    expect(first).toEqual(new Uint8Array(32))
    expect(epochs(await open(table))).toEqual([2, 4])
    expect((await keyring.rotate()).newest).toBe(5)
    await keyring.retire([])
    const { commits } = table
    await keyring.retire([])
    expect(table.commits).toBe(commits)
  })

  test('that was not committed did not happen', async () => {
    const table = await tableOf()
    const keyring = await open(table)
    await keyring.rotate()
    table.next = 'fails'
    await expect(keyring.retire([])).rejects.toThrow('the disk is full')
    expect(keyring.keys.keys.get(1 as KeyEpoch)).not.toEqual(new Uint8Array(32))
    expect(epochs(keyring)).toEqual([1, 2])
  })
})

describe('another secret', () => {
  test.each<readonly [string, WrappingSecret, WrappingSecret]>([
    ['key file to passphrase', keyFile, passphrase],
    ['passphrase to key file', passphrase, keyFile],
    ['key file to key file', keyFile, otherKeyFile],
    ['passphrase to passphrase', passphrase, passphraseSecret({ passphrase: 'another', cost: cheap })],
  ])('%s: it opens what the first opened, and the first opens nothing more', async (_, before, after) => {
    const table = await tableOf({ secret: before })
    const keyring = await open(table, { secret: before })
    await keyring.rotate()
    const { commits } = table
    await keyring.rewrap(after)
    expect(table.commits).toBe(commits + 1)
    await keyring.rotate()
    const opened = await open(table, { secret: after })
    expect(opened.keys).toEqual(keyring.keys)
    expect(opened.identity).toEqual(keyring.identity)
    await expect(open(table, { secret: before })).rejects.toMatchObject({ code: 'wrong-key' })
  })

  test.each(['fails', 'fails-but-happened'] as const)(
    'that %s leaves rows that open after the next change',
    async (next) => {
      const table = await tableOf()
      const keyring = await open(table)
      table.next = next
      await expect(keyring.rewrap(otherKeyFile)).rejects.toThrow('the disk is full')
      // Whichever of the two: it is one, and the same for all rows.
      const opening = [keyFile, otherKeyFile].map((secret) =>
        open(table, { secret }).then(
          () => true,
          () => false,
        ),
      )
      expect((await Promise.all(opening)).filter(Boolean).length).toBe(1)
      await keyring.rotate()
      expect((await open(table)).keys).toEqual(keyring.keys)
    },
  )
})

test('what was lost of the rows is written again, all in one way', async () => {
  const table = await tableOf()
  const keyring = await open(table)
  await keyring.rotate()
  const { rows } = table
  for (const lost of [[0], [1], [0, 1, 2]]) {
    table.rows = rows.filter(({ epoch }) => !lost.includes(epoch))
    await keyring.rewrite()
    const opened = await open(table)
    expect([opened.keys, opened.identity]).toEqual([keyring.keys, keyring.identity])
  }
})

test('disposing zeroes what it gave', async () => {
  const keyring = await open(await tableOf())
  const { identity, keys } = keyring
  keyring[Symbol.dispose]()
  for (const bytes of [identity, ...keys.keys.values()]) expect(new Uint8Array(bytes)).toEqual(new Uint8Array(32))
})

describe('in a cluster', () => {
  test('the identity is given, and is not kept', async () => {
    const table = await tableOf({ identity: clusterIdentity })
    const opened = await open(table, { identity: clusterIdentity })
    expect(opened.identity).toEqual(clusterIdentity)
    opened[Symbol.dispose]()
    expect(clusterIdentity[0]).toBe(8)
    await expect(open(table)).rejects.toMatchObject({ code: 'wrong-key' })
    await (await open(table, { identity: clusterIdentity })).rewrap(otherKeyFile)
    await open(table, { identity: clusterIdentity, secret: otherKeyFile })
  })

  test('another identity is refused, whether the store was made there or alone', async () => {
    const other = new Uint8Array(32).fill(9) as IdentitySecret
    const wrong = { code: 'wrong-key' }
    await expect(open(await tableOf({ identity: clusterIdentity }), { identity: other })).rejects.toMatchObject(wrong)
    const alone = await tableOf()
    await expect(open(alone, { identity: other })).rejects.toMatchObject(wrong)
    const own = (await open(alone)).identity
    expect((await open(alone, { identity: own })).identity).toEqual(own)
  })
})
