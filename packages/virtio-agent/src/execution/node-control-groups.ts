import { accessSync, constants, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Confinement } from './contract.ts'

/** Within which the processor's share is counted. */
const periodMicroseconds = 100_000

interface GroupUsage {
  readonly processorMs?: number
  readonly residentBytesMax?: number
}

/** A control group for one program. */
export interface ProgramGroup {
  readonly folder: string
  usage(): GroupUsage
  /** Ends everything that is in it. */
  kill(): void
  /** Removes it, if nothing is in it any more; whether it is gone. */
  remove(): boolean
}

/** Control groups (version 2) below one of ours, where this system lets us have them. */
export class ControlGroups {
  readonly #folder: string
  #made = 0

  private constructor(folder: string) {
    this.#folder = folder
  }

  /**
   * Undefined where there are none that limit, or we may not make any: outside Linux, in most containers, in a system
   * with version 1. What an earlier life has left is ended, because nobody waits for it any more.
   */
  static find(root: string = '/sys/fs/cgroup'): ControlGroups | undefined {
    try {
      const controllers = readFileSync(join(root, 'cgroup.controllers'), 'utf8').split(/\s+/)
      if (!controllers.includes('memory') || !controllers.includes('pids')) return undefined
      const folder = join(root, 'flotilla-agent')
      writeFileSync(join(root, 'cgroup.subtree_control'), enabled(controllers))
      mkdirSync(folder, { recursive: true })
      writeFileSync(join(folder, 'cgroup.subtree_control'), enabled(controllers))
      return ControlGroups.below(folder)
    } catch {
      return undefined
    }
  }

  /** Below a group of ours that is there already. What it does not control is not limited; throws where it is none. */
  static below(folder: string): ControlGroups {
    accessSync(join(folder, 'cgroup.procs'), constants.W_OK)
    for (const { name } of readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
      endOfEarlierLife(folder, name)
    }
    return new ControlGroups(folder)
  }

  make({ memoryBytesMax, processorPercentMax, processesMax }: Confinement): ProgramGroup {
    const folder = join(this.#folder, `program-${process.pid}-${++this.#made}`)
    mkdirSync(folder)
    const limit = (file: string, text: string): void => writeFileSync(join(folder, file), text)
    try {
      if (memoryBytesMax !== undefined) {
        limit('memory.max', String(memoryBytesMax))
        // Where there is swap, a program would otherwise take as much as it likes of that.
        tryTo(() => limit('memory.swap.max', '0'))
        // A program of which only a part was ended may wait for that part for ever.
        tryTo(() => limit('memory.oom.group', '1'))
      }
      if (processesMax !== undefined) limit('pids.max', String(processesMax))
      if (processorPercentMax !== undefined) {
        const quota = Math.max(1_000, Math.round((periodMicroseconds * processorPercentMax) / 100))
        limit('cpu.max', `${quota} ${periodMicroseconds}`)
      }
    } catch (error) {
      tryTo(() => rmdirSync(folder))
      throw error
    }
    return {
      folder,
      usage: () => usageOf(folder),
      kill: () => tryTo(() => writeFileSync(join(folder, 'cgroup.kill'), '1')),
      remove: () => tryTo(() => rmdirSync(folder)),
    }
  }
}

/** What is in it ends; it is removed now, or if that takes its time, by the next life. */
function endOfEarlierLife(folder: string, name: string): void {
  const pid = Number(/^program-(\d+)-\d+$/.exec(name)?.[1])
  // Another agent on this machine may still wait for its own.
  if (!Number.isSafeInteger(pid) || (pid !== process.pid && isAlive(pid))) return
  tryTo(() => writeFileSync(join(folder, name, 'cgroup.kill'), '1'))
  tryTo(() => rmdirSync(join(folder, name)))
}

function isAlive(pid: number): boolean {
  return tryTo(() => process.kill(pid, 0))
}

function enabled(controllers: readonly string[]): string {
  return ['memory', 'pids', 'cpu']
    .filter((name) => controllers.includes(name))
    .map((name) => `+${name}`)
    .join(' ')
}

function usageOf(folder: string): GroupUsage {
  const numberIn = (file: string, form: RegExp): number | undefined => {
    try {
      const found = form.exec(readFileSync(join(folder, file), 'utf8'))?.[1]
      return found === undefined ? undefined : Number(found)
    } catch {
      return undefined
    }
  }
  const microseconds = numberIn('cpu.stat', /usage_usec (\d+)/)
  const peak = numberIn('memory.peak', /^(\d+)/)
  return {
    ...(microseconds === undefined ? {} : { processorMs: microseconds / 1_000 }),
    ...(peak === undefined ? {} : { residentBytesMax: peak }),
  }
}

function tryTo(act: () => void): boolean {
  try {
    act()
    return true
  } catch {
    return false
  }
}
