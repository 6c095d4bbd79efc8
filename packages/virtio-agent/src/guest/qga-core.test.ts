import type { Millis } from '@flotilla/core/time'
import { expect, test } from 'vitest'
import { validateQgaLimits, type QgaLimits } from '../qga/index.ts'
import { QgaCore, type QgaInput } from './qga-core.ts'

/** A core, and what it did, as short words. */
function core(limits: Partial<QgaLimits> = {}) {
  const tested = new QgaCore(validateQgaLimits(limits))
  const works: { readonly work: number; readonly what: string }[] = []
  const told: string[] = []
  let now = 0
  const step = (input: QgaInput): void => {
    tested.step(now as Millis, input)
    for (const effect of tested.drain()) {
      if (effect.type === 'close-files') told.push('close-files')
      else {
        const what = effect.what.type === 'trouble' ? effect.what.what : JSON.stringify(effect.what.request)
        works.push({ work: effect.work, what })
      }
    }
  }
  const send = (text: string): void => step({ type: 'bytes', bytes: new TextEncoder().encode(text) })
  const end = (work: number, text = `answer ${work}`): void =>
    step({ type: 'worked', work, line: new TextEncoder().encode(text) })
  const next = (): string | undefined => {
    const line = tested.nextLine()
    return line && new TextDecoder().decode(line)
  }
  const pass = (ms: number): void => {
    now += ms
    step({ type: 'wake' })
  }
  step({ type: 'peer', isThere: true })
  return {
    tested,
    works,
    told,
    step,
    send,
    end,
    next,
    pass,
    peer: (isThere: boolean) => step({ type: 'peer', isThere }),
  }
}

test('one after the other, and the next when the answer has been taken to its end', () => {
  const { works, send, end, next, pass } = core()
  send('1 2 3 ')
  expect(works.map(({ what }) => what)).toEqual(['1'])
  end(1)
  expect(works.length).toBe(1)
  expect(next()).toBe('answer 1')
  pass(0)
  expect(works.length).toBe(1)
  expect(next()).toBeUndefined()
  pass(0)
  expect(works.map(({ what }) => what)).toEqual(['1', '2'])
})

test('an answer that is ready when its host is gone is for nobody', () => {
  const { works, send, end, next, peer, pass } = core()
  send('1 2 ')
  peer(false)
  peer(true)
  send('3 ')
  // What is under way is waited for, as nothing runs beside it.
  expect(works.length).toBe(1)
  end(1)
  expect(next()).toBeUndefined()
  pass(0)
  expect(works.map(({ what }) => what)).toEqual(['1', '3'])
})

test('an answer that waits when its host goes is for nobody', () => {
  const { send, end, next, peer } = core()
  send('1 ')
  end(1)
  peer(false)
  peer(true)
  expect(next()).toBeUndefined()
})

test('half a command of a host that is gone is forgotten', () => {
  const { works, send, peer } = core()
  send('{"execute":"guest-')
  peer(false)
  peer(true)
  send('{"a":1}')
  expect(works.map(({ what }) => what)).toEqual(['{"a":1}'])
})

test('a command that takes too long is answered, and what becomes of it dropped', () => {
  const { works, send, end, next, pass } = core({ commandMsMax: 100, abandonedMax: 0 })
  send('1 2 {"execute":"guest-ping"}')
  pass(100)
  expect(works.at(-1)?.what).toContain('took longer than 100 ms')
  end(2)
  expect(next()).toBe('answer 2')
  expect(next()).toBeUndefined()
  pass(0)
  // As long as it hangs, only what needs nothing of the system is done.
  expect(works.at(-1)?.what).toBe('1 commands hang: see why in the guest, and start the agent again')
  end(3)
  next()
  next()
  pass(0)
  expect(works.at(-1)?.what).toBe('{"execute":"guest-ping"}')
  end(1, 'too late')
  expect(next()).toBeUndefined()
})

test('what is too much is dropped, and told when there is room', () => {
  const { works, send, end, next, pass } = core({ requestsMax: 2 })
  send('1 ')
  send('2 3 4 5 ')
  for (let work = 1; work <= 3; work++) {
    end(work)
    next()
    next()
    pass(0)
  }
  expect(works.map(({ what }) => what)).toEqual(['1', '2', '3', '2 requests were dropped: send fewer at once'])
})

test('bytes of commands that wait are limited, whatever their number', () => {
  const { works, send, end, next, pass } = core({ requestBytesMax: 1_024 })
  send('1 ')
  for (let count = 0; count < 10; count++) send(`"${'x'.repeat(400)}"`)
  for (let work = 1; work <= 3; work++) {
    end(work)
    next()
    next()
    pass(0)
  }
  expect(works.at(-1)?.what).toBe('8 requests were dropped: send fewer at once')
})

test('files stay open for a while, as some hosts connect anew for each command', () => {
  const { tested, told, peer, pass } = core({ filesLingerMs: 1_000 })
  peer(false)
  expect(tested.deadline()).toBe(1_000)
  pass(999)
  peer(true)
  pass(5_000)
  expect(told).toEqual([])
  peer(false)
  pass(1_000)
  expect(told).toEqual(['close-files'])
  expect(tested.deadline()).toBe(Infinity)
})
