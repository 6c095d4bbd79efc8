import { describe, expect, test } from 'vitest'
import { commandTable } from '../command-table.ts'
import { candidatesFor, type LiveNames } from './candidates.ts'
import { wordKinds } from './word-kinds.ts'

/** What a node would know, and how it was asked. */
function fakeLive(): { readonly live: LiveNames; readonly asked: unknown[] } {
  const asked: unknown[] = []
  const live: LiveNames = (kind, start, data) => {
    asked.push([kind, start, data])
    return Promise.resolve([`${kind}-a`, `${kind}-b`, 'other'])
  }
  return { live, asked }
}

async function offered(line: string): Promise<readonly string[]> {
  const { words, files } = await candidatesFor(line.split(' '), commandTable, fakeLive().live)
  return files ? ['FILES'] : words.map(({ word }) => word)
}

describe('completion offers', () => {
  test.each([
    ['lo', ['lock']],
    ['lock ', ['run', 'ls', 'show', 'watch', 'deadlocks']],
    ['lock s', ['show']],
    ['--json lock s', ['show']],
    ['lock show ', ['lock-a', 'lock-b', 'other']],
    ['lock show lock-', ['lock-a', 'lock-b']],
    ['lock show lock-a ', []],
    ['lock run key -- ', ['FILES']],
    ['blob get ', ['blob-a', 'blob-b', 'other']],
    ['blob rm a b ', ['blob-a', 'blob-b', 'other']],
    ['blob put ', ['FILES']],
    ['blob get --output ', ['FILES']],
    ['vm exec ', ['vm-a', 'vm-b', 'other']],
    ['vm power x ', ['off', 'reboot']],
    ['revoke ', ['node-a', 'node-b', 'other']],
    ['ps --node ', ['node-a', 'node-b', 'other']],
    ['kill 1 --signal K', ['KILL']],
    ['invite --role ', ['node', 'agent', 'operator', 'replica']],
    ['status --data ', ['FILES']],
    ['raft', ['raft']],
    ['raft ', ['found']],
    ['frobnicate ', []],
    ['up --po', []],
  ])('%j %j', async (line, words) => {
    expect(await offered(line)).toEqual(words)
  })

  test('options that were not given yet', async () => {
    const left = await offered('ps --sort cpu --')
    expect(left).toContain('--filter')
    expect(left).not.toContain('--sort')
  })

  test('every command, and each can be completed without a throw', async () => {
    for (const { name, load } of commandTable) {
      const words = name.split(' ')
      expect(await offered(name)).toContain(words.at(-1))
      const { usage } = await load()
      expect(() => wordKinds(name, usage)).not.toThrow()
      await offered(`${name} --`)
    }
  })
})

test('the node of the folder that is named is asked, for what begins so', async () => {
  const { live, asked } = fakeLive()
  await candidatesFor(['lock', 'show', '--data', 'there', 'lo'], commandTable, live)
  expect(asked).toEqual([['lock', 'lo', 'there']])
})

test('the table names each command as it names itself', async () => {
  for (const { name, load } of commandTable) expect((await load()).name).toBe(name)
})
