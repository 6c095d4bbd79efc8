import { FlotillaError, InvariantError } from '@flotilla/core/errors'
import { describe, expect, test } from 'vitest'
import { HistoryRecorder, type OperationId } from './history.ts'

function recorder(operationsMax?: number): HistoryRecorder<string, string> {
  let now = 0
  return new HistoryRecorder({ nowMs: () => (now += 10), ...(operationsMax === undefined ? {} : { operationsMax }) })
}

describe('a recorder', () => {
  test('orders by what it was told, and keeps the time for people', () => {
    const history = recorder()
    const ask = history.invoke('a', 'ask')
    const late = history.invoke('b', 'late')
    history.complete(ask, 'told')
    history.unknown(late)
    const failed = history.invoke('b', 'refused')
    history.fail(failed)
    expect(history.operations()).toEqual([
      {
        id: ask,
        client: 'a',
        input: 'ask',
        invoked: { sequence: 0, atMs: 10 },
        ending: { type: 'completed', output: 'told', at: { sequence: 2, atMs: 30 } },
      },
      { id: late, client: 'b', input: 'late', invoked: { sequence: 1, atMs: 20 }, ending: { type: 'unknown' } },
      {
        id: failed,
        client: 'b',
        input: 'refused',
        invoked: { sequence: 3, atMs: 40 },
        ending: { type: 'failed', at: { sequence: 4, atMs: 50 } },
      },
    ])
  })

  test('counts what is in flight as unknown, and hands out copies', () => {
    const history = recorder()
    const id = history.invoke('a', 'ask')
    const before = history.operations()
    history.complete(id, 'told')
    expect(before[0]?.ending).toEqual({ type: 'unknown' })
  })

  test('refuses a second operation of a busy client, a second end, a stranger, and no answer', () => {
    const history = recorder()
    const id = history.invoke('a', 'ask')
    expect(() => history.invoke('a', 'more')).toThrow('give each concurrent caller its own name')
    expect(() => history.complete(id, undefined as unknown as string)).toThrow('record null')
    history.complete(id, 'told')
    expect(() => history.unknown(id)).toThrow('ends once')
    expect(() => history.fail(7 as OperationId)).toThrow('was recorded by this recorder')
  })

  test('is bounded, and says so', () => {
    expect(() => recorder(Number.NaN)).toThrow('operationsMax is a whole number')
    const history = recorder(1)
    history.complete(history.invoke('a', 'ask'), 'told')
    const more = (): unknown => history.invoke('a', 'more')
    expect(more).toThrow(
      new FlotillaError('history-full', 'the history holds 1 operations, its maximum', {
        hint: 'record a shorter run, or raise operationsMax',
      }),
    )
  })
})

describe('recording a whole call', () => {
  test('completes it with its answer', async () => {
    const history = recorder()
    expect(await history.record('a', 'ask', () => Promise.resolve('told'))).toBe('told')
    expect(history.operations()[0]?.ending).toMatchObject({ type: 'completed', output: 'told' })
  })

  test('leaves it unknown when it is rejected', async () => {
    const history = recorder()
    expect(await history.record('a', 'ask', () => Promise.reject(new Error('timeout')))).toBeUndefined()
    expect(history.operations()[0]?.ending).toEqual({ type: 'unknown' })
    expect(history.invoke('a', 'next')).toBe(1)
  })

  test('throws on what is a bug: a broken invariant, or no answer', async () => {
    const history = recorder()
    const broken = (): Promise<string> => Promise.reject(new InvariantError('broken'))
    await expect(history.record('a', 'ask', broken)).rejects.toThrow('broken')
    const silent = (): Promise<string> => Promise.resolve(undefined as unknown as string)
    await expect(history.record('a', 'ask', silent)).rejects.toThrow('record null')
  })
})
