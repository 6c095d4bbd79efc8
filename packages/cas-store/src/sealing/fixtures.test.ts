import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { nodeCrypto } from '@flotilla/core/crypto/node'
import { Prng } from '@flotilla/core/random'
import { describe, expect, test } from 'vitest'
import type { KeyRow } from '../catalogue/contract.ts'
import type { ChunkId, ChunkKind, KeyEpoch } from '../types.ts'
import type { DataKeys, IdentitySecret } from './contract.ts'
import { keyFileText, parseKeyFile } from './keyring/key-file-text.ts'
import { openKeyring, type Keyring } from './keyring/keyring.ts'
import { passphraseSecret } from './keyring/node-passphrase.ts'
import { rawSecret } from './keyring/raw-secret.ts'
import type { WrappingSecret } from './keyring/wrapping-secret.ts'
import { nodeChunkCipher } from './node-chunk-cipher.ts'
import { inlineWorkshop } from './node-inline-workshop.ts'

const crypto = nodeCrypto()
const folder = join(import.meta.dirname, '../../fixtures/v1/sealing')

/** What was written once must open for ever: these files never change. `UPDATE=1` writes those that are missing. */
function stored(name: string, written: string): string {
  const path = join(folder, name)
  if (process.env['UPDATE'] === '1') {
    mkdirSync(folder, { recursive: true })
    writeFileSync(path, written, { flag: 'wx' })
  }
  return readFileSync(path, 'utf8')
}

interface StoredChunk {
  readonly kind: ChunkKind
  readonly id: ChunkId
  readonly sealed: string
}

const identity = new Prng(1).bytes(32) as IdentitySecret
const keys: DataKeys = {
  newest: 300 as KeyEpoch,
  keys: new Map([300, 70_000].map((epoch) => [epoch as KeyEpoch, new Prng(epoch).bytes(32)])),
}
const chunks: readonly { readonly kind: ChunkKind; readonly bytes: Uint8Array }[] = [
  { kind: 'data', bytes: new Uint8Array(0) },
  { kind: 'data', bytes: new TextEncoder().encode('a') },
  { kind: 'list', bytes: new Prng(2).bytes(100) },
  { kind: 'data', bytes: new TextEncoder().encode('the same again and again '.repeat(400)) },
]

describe('sealed chunks of v1', () => {
  test('have their ids, and open for ever', async () => {
    const workshop = inlineWorkshop({ identity, keys, entropy: new Prng(3) })
    const written: StoredChunk[] = []
    for (const { kind, bytes } of chunks) {
      const [id = never()] = await workshop.identify(kind, [bytes])
      const [sealed = never()] = await workshop.seal([{ id, kind, bytes }])
      written.push({ kind, id, sealed: Buffer.from(sealed).toString('base64') })
    }
    const found = JSON.parse(stored('chunks.json', `${JSON.stringify(written, null, 2)}\n`)) as StoredChunk[]
    const toOpen = found.map((chunk) => ({ ...chunk, sealed: Uint8Array.from(Buffer.from(chunk.sealed, 'base64')) }))
    expect(await workshop.open(toOpen)).toEqual(chunks.map(({ bytes }) => ({ type: 'opened', bytes })))
    // And are still written so; what zstd makes of a chunk may change with its version.
    expect(written.slice(0, 3)).toEqual(found.slice(0, 3))
    expect(written[3]?.id).toBe(found[3]?.id)
  })
})

interface Scene {
  readonly name: string
  readonly secret: WrappingSecret
  readonly identity?: IdentitySecret
}

const keyBytes = new Prng(4).bytes(32)
const scenes: readonly Scene[] = [
  { name: 'key-file', secret: rawSecret(crypto, keyBytes) },
  {
    name: 'passphrase',
    secret: passphraseSecret({ passphrase: 'größer als null', cost: { costLog2: 12 }, entropy: new Prng(5) }),
  },
  { name: 'cluster', secret: rawSecret(crypto, keyBytes), identity },
]

describe.each(scenes)('a keyring of v1: $name', (scene) => {
  test('opens for ever', async () => {
    const made: KeyRow[] = []
    const first = await open(scene, [], made)
    await first.rotate()
    const found = (JSON.parse(stored(`keyring-${scene.name}.json`, rowsText(made))) as StoredRow[]).map(rowOf)
    const opened = await open(scene, found, [])
    expect(opened.keys).toEqual(first.keys)
    expect(opened.identity).toEqual(first.identity)
    expect(made).toEqual(found)
  })
})

test('a key file of v1 gives its key for ever', () => {
  const text = stored('store.key', new TextDecoder().decode(keyFileText(crypto, keyBytes)))
  expect(parseKeyFile(crypto, new TextEncoder().encode(text), 'store.key')).toEqual(keyBytes)
})

interface StoredRow {
  readonly epoch: KeyEpoch
  readonly wrapped: string
  readonly atMs: number
}

const rowsText = (rows: readonly KeyRow[]): string =>
  `${JSON.stringify(
    rows.map((row) => ({ ...row, wrapped: Buffer.from(row.wrapped).toString('hex') })),
    null,
    2,
  )}\n`
const rowOf = (row: StoredRow): KeyRow => ({ ...row, wrapped: Uint8Array.from(Buffer.from(row.wrapped, 'hex')) })

function open(scene: Scene, rows: readonly KeyRow[], made: KeyRow[]): Promise<Keyring> {
  return openKeyring({
    rows,
    commit: (changes) => {
      made.push(...changes.flatMap((change) => (change.type === 'set-key' ? [change.key] : [])))
      return Promise.resolve()
    },
    secret: scene.secret,
    isEmpty: true,
    ...(scene.identity === undefined ? {} : { identity: scene.identity }),
    crypto,
    cipher: nodeChunkCipher(),
    entropy: new Prng(6),
    nowMs: () => 7,
  })
}

function never(): never {
  throw new Error('it must be there')
}
