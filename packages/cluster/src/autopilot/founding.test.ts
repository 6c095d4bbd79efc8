import { describe, expect, test } from 'vitest'
import { Founding, type FoundingStore } from './founding.ts'

/** Keeps what it is told, or fails before that, as a process that is killed. */
class Store implements FoundingStore {
  kept: Uint8Array | undefined
  fails = false

  load(): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.kept)
  }

  save(bytes: Uint8Array): Promise<void> {
    if (this.fails) return Promise.reject(new Error('killed'))
    this.kept = bytes
    return Promise.resolve()
  }
}

async function stateAfter(...steps: readonly ('begins' | 'joins' | 'done')[]): Promise<string> {
  const store = new Store()
  for (const step of steps) {
    // Each step in a life of its own, as if it were killed after each.
    const founding = await Founding.open(store)
    await founding[step]()
  }
  return (await Founding.open(store)).state
}

describe('who founds the groups', () => {
  test.each([
    [[], 'unknown'],
    [['begins'], 'founding'],
    [['begins', 'begins'], 'founding'],
    [['begins', 'done'], 'founded'],
    [['joins'], 'joined'],
    [['joins', 'done'], 'joined'],
    [['done'], 'unknown'],
    // A cluster that could not be made, and then another one that took it in; and the other way round.
    [['begins', 'joins'], 'joined'],
    [['joins', 'begins'], 'founding'],
    [['begins', 'done', 'joins'], 'founded'],
  ] as const)('after %j: %s', async (steps, state) => {
    expect(await stateAfter(...steps)).toBe(state)
  })

  test('nobody does twice', async () => {
    await expect(stateAfter('begins', 'done', 'begins')).rejects.toMatchObject({ code: 'already-founded' })
  })

  test('what could not be noted has not happened', async () => {
    const store = new Store()
    const founding = await Founding.open(store)
    store.fails = true
    await expect(founding.begins()).rejects.toThrow('killed')
    expect(founding.state).toBe('unknown')
  })

  test.each(['', 'founding', 'flotilla founding 1 founding', 'flotilla founding 2 founding\n', '\u0000'])(
    '%j is taken for damage, not for nothing',
    async (text) => {
      const store = new Store()
      store.kept = new TextEncoder().encode(text)
      await expect(Founding.open(store)).rejects.toMatchObject({ code: 'damaged' })
    },
  )
})
