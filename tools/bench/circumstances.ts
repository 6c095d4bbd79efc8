import { arch, availableParallelism, cpus, loadavg, platform, totalmem } from 'node:os'
import { commitOf } from '../command-line/commit.ts'

/** When, where and of what something was measured. */
export interface Circumstances {
  readonly commit: string
  readonly date: string
  readonly machine: string
  readonly cores: number
  /** How many programs wanted a core during the last minute before it began. */
  readonly load: number
}

export function circumstancesIn(root: string): Circumstances {
  const cores = availableParallelism()
  const model = cpus()[0]?.model.trim() ?? ''
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB of memory`
  return {
    commit: commitOf(root, page),
    date: new Date().toISOString().slice(0, 10),
    machine: [`${cores} cores`, model, memory, `${platform()} ${arch()}`, `Node ${process.versions.node}`]
      .filter((part) => part !== '')
      .join(', '),
    cores,
    load: loadavg()[0] ?? 0,
  }
}

/** The page that is about to be written again does not count as a change: a shell empties it before we run. */
const page = 'docs/benchmarks.md'
