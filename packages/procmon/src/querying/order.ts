import type { ProcessFigures, ProcessQuery, ProcessSortKey } from '../figures.ts'

type Compare = (one: ProcessFigures, other: ProcessFigures) => number

/** How each key sorts by itself: largest first, names and users from A on, `pid` from 1, `age` from the oldest. */
const orders: Readonly<Record<ProcessSortKey, Compare>> = {
  cpu: (one, other) => other.processor - one.processor,
  memory: (one, other) => other.residentBytes - one.residentBytes,
  private: (one, other) => (other.privateBytes ?? -1) - (one.privateBytes ?? -1),
  pid: (one, other) => one.pid - other.pid,
  name: (one, other) => byText(one.name, other.name),
  user: (one, other) => byText(one.user, other.user),
  threads: (one, other) => other.threads - one.threads,
  files: (one, other) => (other.openFiles ?? -1) - (one.openFiles ?? -1),
  io: (one, other) => bytesPerSecond(other) - bytesPerSecond(one),
  age: (one, other) => one.startedAtMs - other.startedAtMs,
}

/**
 * The order of a query. Those that are alike in it are sorted by memory, then by pid, so that a list that is asked for
 * again looks the same; `isReversed` turns round only what was asked for.
 */
export function processOrder({ sort = 'cpu', isReversed = false }: ProcessQuery): Compare {
  const order = orders[sort]
  return (one, other) => {
    const first = isReversed ? order(other, one) : order(one, other)
    return first || other.residentBytes - one.residentBytes || one.pid - other.pid || one.startTicks - other.startTicks
  }
}

function byText(one: string, other: string): number {
  const [left, right] = [one.toLowerCase(), other.toLowerCase()]
  return left < right ? -1 : left > right ? 1 : 0
}

function bytesPerSecond({ readBytesPerSecond, writtenBytesPerSecond }: ProcessFigures): number {
  if (readBytesPerSecond === undefined && writtenBytesPerSecond === undefined) return -1
  return (readBytesPerSecond ?? 0) + (writtenBytesPerSecond ?? 0)
}
