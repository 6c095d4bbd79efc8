import { nodeCrypto } from '@flotilla/core/crypto/node'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { expect, test } from 'vitest'
import { nodePassphraseCipher } from './node.ts'
import type { RecordName } from './ports.ts'
import { admitted, outcomeOf, sampleAddress, sampleAuthority, sampleMachine } from './sample-machine.ts'
import { memoryClusterStore } from './testing/index.ts'

const crypto = nodeCrypto()
const folder = join(import.meta.dirname, '../fixtures/v1')
const names: readonly RecordName[] = ['authority', 'invitations', 'member', 'revocations']
const passphrase = 'correct horse battery staple'

/** What was written once must open for ever: these files never change. `UPDATE=1` writes those that are missing. */
function stored(name: string, made: Uint8Array): Uint8Array {
  const path = join(folder, name)
  if (process.env['UPDATE'] === '1') {
    mkdirSync(folder, { recursive: true })
    writeFileSync(path, `${Buffer.from(made).toString('base64')}\n`, { flag: 'wx' })
  }
  return new Uint8Array(Buffer.from(readFileSync(path, 'utf8'), 'base64'))
}

test('records and files of version 1 open for ever', async () => {
  const cipher = nodePassphraseCipher()
  const first = await sampleAuthority({ crypto, seed: 1, cipher })
  const second = await sampleMachine({ crypto, seed: 2, clock: first.clock })
  await admitted(first, second, 'second')
  await first.member.invite({ role: 'agent', addresses: [sampleAddress] })
  await first.member.revoke(second.member.id, 'stolen')
  const made = first.store.records()
  const file = stored('authority-file.base64', await first.member.exportAuthority(passphrase))
  const records = new Map(
    names.map((name) => [name, stored(`${name}.base64`, made.get(name) ?? new Uint8Array(0))] as const),
  )
  expect(records).toEqual(made) // And they are still written so.

  const { member } = await sampleMachine({ crypto, seed: 1, store: memoryClusterStore({ records }) })
  expect(member.state).toBe('authority')
  expect(member.facts).toEqual(first.member.facts)
  expect(member.invitations()).toMatchObject([{ state: 'used', usedBy: second.member.id }, { state: 'open' }])
  expect(member.admission(second.member.facts)).toContain('stolen')

  const third = await sampleMachine({ crypto, seed: 3, cipher })
  expect(await outcomeOf(() => third.member.importAuthority(file, { passphrase, name: 'third' }))).toBe('done')
  expect(third.member.facts.cluster).toBe(member.facts.cluster)
  expect(third.member.revocations()).toEqual(member.revocations())
}, 30_000)
