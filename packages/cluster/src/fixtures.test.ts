import { nodeCrypto } from '@flotilla/core/crypto/node'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { expect, test } from 'vitest'
import { nodePassphraseCipher } from './node.ts'
import type { RecordName } from './ports.ts'
import {
  admitted,
  outcomeOf,
  sampleAddress,
  sampleAuthority,
  sampleMachine,
  type SampleMachine,
} from './sample-machine.ts'
import { memoryClusterStore } from './testing/index.ts'

const crypto = nodeCrypto()
const fixtures = join(import.meta.dirname, '../fixtures')
const names: readonly RecordName[] = ['authority', 'invitations', 'member', 'revocations']
const passphrase = 'correct horse battery staple'

/** What was written once must open for ever, so these never change. `UPDATE=1` writes those of v2 that are missing. */
function stored(version: 'v1' | 'v2', name: string, written: Uint8Array): Uint8Array {
  const path = join(fixtures, version, `${name}.base64`)
  if (process.env['UPDATE'] === '1' && version === 'v2') {
    mkdirSync(join(fixtures, version), { recursive: true })
    writeFileSync(path, `${Buffer.from(written).toString('base64')}\n`, { flag: 'wx' })
  }
  return new Uint8Array(Buffer.from(readFileSync(path, 'utf8'), 'base64'))
}

async function made(): Promise<{ readonly first: SampleMachine; readonly second: SampleMachine }> {
  const first = await sampleAuthority({ crypto, seed: 1, cipher: nodePassphraseCipher() })
  const second = await sampleMachine({ crypto, seed: 2, clock: first.clock })
  await admitted(first, second, 'second')
  await first.member.invite({ role: 'agent', addresses: [sampleAddress] })
  await first.member.revoke(second.member.id, 'stolen')
  return { first, second }
}

/** The second release with records gave clusters a secret; what it finds from before has none. */
test.each(['v1', 'v2'] as const)(
  'records and files of %s open for ever',
  async (version) => {
    const { first, second } = await made()
    const records = first.store.records()
    const bytesOf = (name: RecordName): Uint8Array => stored(version, name, records.get(name) ?? new Uint8Array(0))
    const found = new Map(names.map((name) => [name, bytesOf(name)] as const))
    const file = stored(version, 'authority-file', await first.member.exportAuthority(passphrase))
    // And the latest are still written so.
    expect(version === 'v1' || sameRecords(found, records)).toBe(true)

    const { member } = await sampleMachine({ crypto, seed: 1, store: memoryClusterStore({ records: found }) })
    expect(member.state).toBe('authority')
    expect(member.facts.id).toEqual(first.member.facts.id)
    expect(member.secret).toHaveLength(32)
    expect(member.invitations()).toMatchObject([{ state: 'used', usedBy: second.member.id }, { state: 'open' }])
    expect(member.admission(second.member.facts)).toContain('stolen')

    const third = await sampleMachine({ crypto, seed: 3, cipher: nodePassphraseCipher() })
    expect(await outcomeOf(() => third.member.importAuthority(file, { passphrase, name: 'third' }))).toBe('done')
    expect(third.member.facts.cluster).toBe(member.facts.cluster)
    expect(third.member.secret).toEqual(member.secret)
    expect(third.member.revocations()).toEqual(member.revocations())
  },
  30_000,
)

function sameRecords(one: ReadonlyMap<RecordName, Uint8Array>, other: ReadonlyMap<RecordName, Uint8Array>): boolean {
  return names.every((name) => Buffer.compare(one.get(name) ?? Buffer.of(), other.get(name) ?? Buffer.of()) === 0)
}
