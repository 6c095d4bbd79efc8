import type { StatusLine } from './status-line.ts'

const everyMs = 1_000

/** Says what is being waited for once that has taken a second, and for how long, until it is disposed of. */
export function waitNotice(status: StatusLine, what: string): Disposable {
  let seconds = 0
  const timer = setInterval(() => {
    seconds += everyMs / 1_000
    status.show(`Waiting for ${what}, ${seconds} s`)
  }, everyMs)
  // What has come to its end need not wait for this.
  timer.unref()
  return {
    [Symbol.dispose]: () => {
      clearInterval(timer)
      status.clear()
    },
  }
}
