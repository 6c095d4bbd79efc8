import { expect, test } from 'vitest'
import { ProgressBar } from './progress-bar.ts'

/** A terminal, and a clock that moves when told. */
function terminal(width = 200): {
  readonly drawn: string[]
  readonly bar: ProgressBar
  readonly wait: (ms: number) => void
} {
  const drawn: string[] = []
  let nowMs = 0
  const write = (text: string): void => void drawn.push(text.replace('\r\u001B[K', ''))
  const bar = new ProgressBar({ title: 'disk.img', write, width, nowMs: () => nowMs })
  return { drawn, bar, wait: (ms) => void (nowMs += ms) }
}

const mebi = 2 ** 20

test('shows how far it has come, how fast, how long it will take, and what was saved', () => {
  const { drawn, bar, wait } = terminal()
  bar.show({ done: 0, inAll: 100 * mebi })
  wait(1_000)
  bar.show({ done: 20 * mebi, inAll: 100 * mebi, saved: 5 * mebi })
  expect(drawn.at(-1)).toBe(
    'disk.img  [====                ] 20 %  20.0 MiB of 100.0 MiB  20.0 MiB/s, 4 s left  5.0 MiB known already',
  )
})

test('measures the rate over the last seconds, so that a stall is seen', () => {
  const { drawn, bar, wait } = terminal()
  for (let second = 0; second <= 10; second++) {
    bar.show({ done: 10 * mebi * second, inAll: undefined })
    wait(1_000)
  }
  expect(drawn.at(-1)).toBe('disk.img  100.0 MiB  10.0 MiB/s')
  wait(4_000)
  bar.show({ done: 100 * mebi, inAll: undefined })
  wait(5_000)
  bar.show({ done: 100 * mebi, inAll: undefined })
  expect(drawn.at(-1)).toBe('disk.img  100.0 MiB  0 bytes/s')
})

test('is drawn now and then, never wider than the terminal, and goes away', () => {
  const { drawn, bar, wait } = terminal(20)
  for (let step = 0; step < 1_000; step++) {
    bar.show({ done: step, inAll: 1_000 })
    wait(1)
  }
  expect(drawn).toHaveLength(10)
  expect(Math.max(...drawn.map(({ length }) => length))).toBeLessThan(20)
  bar[Symbol.dispose]()
  expect(drawn.at(-1)).toBe('')
})

test('of nothing is full, and draws nothing where nobody looks', () => {
  const { drawn, bar } = terminal()
  bar.show({ done: 0, inAll: 0 })
  expect(drawn[0]).toContain('] 100 %')
  const unseen = new ProgressBar({ title: '', write: undefined, width: 80, nowMs: () => 0 })
  unseen.show({ done: 1, inAll: 2 })
  unseen[Symbol.dispose]()
})
