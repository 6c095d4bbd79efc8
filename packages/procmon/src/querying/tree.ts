import { FlotillaError } from '@flotilla/core/errors'
import type { MonitorErrorCode } from '../errors.ts'
import type { ProcessReading } from '../readings.ts'

type Node = Pick<ProcessReading, 'pid' | 'parent'>

/**
 * One process with all who descend from it, or all trees: parents right before their children, siblings by pid. Who
 * has no parent among these begins a tree, and so does the smallest pid of a ring, which a list can hold that was read
 * while processes came and went.
 */
export function processTree<Process extends Node>(processes: readonly Process[], pid?: number): readonly Process[] {
  const sorted = processes.toSorted((one, other) => one.pid - other.pid)
  const pids = new Set(sorted.map((process) => process.pid))
  const children = Map.groupBy(sorted, ({ parent }) => parent)
  const seen = new Set<Process>()
  const roots =
    pid === undefined
      ? [...sorted.filter((process) => !pids.has(process.parent) || process.parent === process.pid), ...sorted]
      : sorted.filter((process) => process.pid === pid)
  if (pid !== undefined && roots.length === 0) {
    throw new FlotillaError<MonitorErrorCode>('not-found', `there is no process ${pid}`)
  }
  for (const root of roots) descend(root, children, seen)
  return [...seen]
}

/** Without recursion: a chain of processes can be longer than the stack is deep. */
function descend<Process extends Node>(
  root: Process,
  children: ReadonlyMap<number, readonly Process[]>,
  seen: Set<Process>,
): void {
  const waiting = [root]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (seen.has(next)) continue
    seen.add(next)
    for (const child of (children.get(next.pid) ?? []).toReversed()) waiting.push(child)
  }
}
