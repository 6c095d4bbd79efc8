import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RecordingLogger } from '@flotilla/core/testing'
import type { NodeId } from '@flotilla/core/ids'
import type { WallMillis } from '@flotilla/core/time'
import SqliteDatabase from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { peerStoreConformance } from './conformance/index.ts'
import { memoryPeerStore } from './memory-peer-store.ts'
import { sqlitePeerStore } from './node-sqlite-peer-store.ts'
import type { StoredPeer } from './peer-store.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flotilla-peers-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const ben: StoredPeer = {
  id: 'fl1ghfrcx7kl54ep83jz4dzv3grtfs78pkk0e2g7x' as NodeId,
  name: 'ben',
  roles: ['node'],
  addresses: [{ host: '192.0.2.1', port: 1 }],
  status: 'seen',
  lastSeen: 7 as WallMillis,
}

describe('the peer store in memory', () => {
  test.each(peerStoreConformance(() => ({ open: memoryPeerStore, survives: false })))('$name', async ({ run }) => {
    await expect(run()).resolves.toBeUndefined()
  })
})

describe('the peer store in SQLite', () => {
  const subject = () => ({ open: () => sqlitePeerStore({ path: join(folder, 'peers.db') }), survives: true })
  test.each(peerStoreConformance(subject))('$name', async ({ run }) => {
    await expect(run()).resolves.toBeUndefined()
  })

  const damages: Record<string, (path: string) => void> = {
    'that is no database': (path) => writeFileSync(path, 'x'.repeat(10_000)),
    'whose pages are damaged': (path) => {
      const bytes = readFileSync(path)
      bytes.fill(0xff, 4_096)
      writeFileSync(path, bytes)
    },
    'that a newer release has written': (path) => {
      const database = new SqliteDatabase(path)
      database.pragma('user_version = 99')
      database.close()
    },
  }
  for (const [what, damage] of Object.entries(damages)) {
    test(`sets a file aside ${what}, says so, and begins anew`, async () => {
      const path = join(folder, 'peers.db')
      {
        await using store = sqlitePeerStore({ path })
        store.upsert([ben])
      }
      damage(path)
      const logger = new RecordingLogger()
      await using store = sqlitePeerStore({ path, logger })
      expect(store.list()).toEqual([])
      store.upsert([ben])
      expect(store.list()).toEqual([ben])
      expect(logger.entries.map(({ level, fields }) => [level, fields['path']])).toEqual([['warn', path]])
      expect(readdirSync(folder)).toContain('peers.db.damaged')
    })
  }

  test('does not set aside what it only may not open', () => {
    const logger = new RecordingLogger()
    const path = join(folder, 'missing', 'peers.db')
    expect(() => sqlitePeerStore({ path, logger })).toThrow(
      expect.objectContaining({ code: 'storage-failed' }) as Error,
    )
    expect(logger.entries).toEqual([])
  })

  test('leaves out what makes no sense, and says so', async () => {
    const path = join(folder, 'peers.db')
    const logger = new RecordingLogger()
    await using store = sqlitePeerStore({ path, logger })
    store.upsert([ben])
    const database = new SqliteDatabase(path)
    const put = (id: string, roles: string): unknown =>
      database.prepare("INSERT INTO peer VALUES (?, 'name', ?, 'seen', 1)").run(id, roles)
    put('nobody', '[]')
    put('fl1qgxzv5k72qxe64nk2um44j6anzceggjlm94yc8', '{"a":1}')
    database.close()
    expect(store.list()).toEqual([ben])
    expect(logger.entries).toHaveLength(2)
  })
})
