import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { ScriptRunner } from '../testing/script-runner.ts'
import { snapshotScript } from '../testing/snapshot-script.ts'
import { lockCommandCodec } from './codecs.ts'
import type { LockCommand } from './commands.ts'
import type { LockRequest, LockSessionId, OwnerAge, OwnerName, ResourceName } from './ids.ts'
import { lockMachine } from './lock-machine.ts'

const session = 70_000 as LockSessionId
const request = 300 as LockRequest
const owner = 'transaction' as OwnerName
const resource = 'Schlüssel' as ResourceName

/** What version 1 wrote into logs and snapshots; it has to be read for ever. */
const commands: Readonly<Record<string, LockCommand>> = {
  'open-session': { type: 'open-session', key: new Uint8Array(16).fill(7), name: 'n', ttlMs: 10_000, lockDelayMs: 0 },
  renew: { type: 'renew', session },
  'close-session': { type: 'close-session', session, orderly: false },
  acquire: { type: 'acquire', session, owner, request, resource, mode: 'shared', wait: true },
  'acquire-all-fields': {
    type: 'acquire',
    session,
    owner,
    request,
    resource,
    mode: 'exclusive',
    wait: false,
    value: 'v',
    age: 5 as OwnerAge,
  },
  'acquire-permits': {
    type: 'acquire-permits',
    session,
    owner,
    request,
    resource,
    wait: true,
    permits: 2,
    capacity: 3,
  },
  release: { type: 'release', session, request, because: 'timeout' },
  'release-all': { type: 'release-all', session, owner, request },
  'set-value': { type: 'set-value', session, request, value: '' },
}

const folder = new URL('../../fixtures/v1/machine/', import.meta.url)

/** The stored bytes; with `UPDATE=1` they are stored first, if there are none. */
async function stored(name: string, bytes: () => Uint8Array): Promise<Uint8Array> {
  const path = new URL(`${name}.bin`, folder)
  if (process.env['UPDATE'] === '1') {
    await mkdir(folder, { recursive: true })
    await writeFile(path, bytes(), { flag: 'wx' })
  }
  return new Uint8Array(await readFile(path))
}

for (const [name, command] of Object.entries(commands)) {
  test(`the stored command "${name}" is read, and written to the same bytes`, async () => {
    const bytes = await stored(name, () => lockCommandCodec.encode(command))
    expect(lockCommandCodec.decode(bytes)).toEqual(command)
    expect(lockCommandCodec.encode(command)).toEqual(bytes)
  })
}

test('the stored snapshot is loaded, goes on, and is written to the same bytes', async () => {
  const original = lockMachine.create()
  new ScriptRunner(original).run(snapshotScript)
  const bytes = await stored('snapshot', () => whole(original.snapshot()))
  const loaded = await lockMachine.restore(inOnePiece(bytes), 1)
  expect(whole(loaded.snapshot())).toEqual(bytes)
  expect(whole(original.snapshot())).toEqual(bytes)
})

function whole(pieces: Iterable<Uint8Array>): Uint8Array {
  return Uint8Array.from([...pieces].flatMap((piece) => [...piece]))
}

async function* inOnePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
