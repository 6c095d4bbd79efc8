import { readFileSync } from 'node:fs'
import { isAbsent, type Problems } from '../problems.ts'
import type { ContainerReading } from '../readings.ts'
import {
  parseControlGroupPaths,
  parseGroupLimit,
  parseProcessorLimit,
  type ControlGroupPaths,
} from './parsing/control-group.ts'
import { parseNamedNumbers, parseWholeNumber } from './parsing/named-numbers.ts'

/** A folder of our control group and, behind it, those above it up to the top of what we see. */
type Folders = readonly string[]

/** A limit may be set on any level; the smallest is the one that is felt. */
interface Limits {
  readonly cores?: number
  readonly memoryLimitBytes?: number
  readonly processesMax?: number
}

interface Found {
  readonly limits: Limits
  readonly memory: string | undefined
  readonly throttled: string | undefined
}

const levelsMax = 32

/** What the control group that we are in allows us, and what it has used, of version 2 or, minimally, 1. */
export class ContainerLimits {
  readonly #root: string
  readonly #everyMs: number
  #found: Found | undefined
  #foundAtMs = -Infinity

  constructor(root: string, everyMs: number) {
    this.#root = root
    this.#everyMs = everyMs
  }

  /** Undefined where nothing limits us. */
  read(nowMs: number, problems: Problems): ContainerReading | undefined {
    try {
      if (nowMs - this.#foundAtMs >= this.#everyMs) {
        this.#found = this.#find()
        this.#foundAtMs = nowMs
      }
      if (this.#found === undefined) return undefined
      const { limits, memory, throttled } = this.#found
      const memoryBytes = memory === undefined ? undefined : parseWholeNumber(this.#text(memory) ?? '')
      const throttledMs = throttled === undefined ? undefined : throttledTime(this.#text(throttled) ?? '')
      return {
        ...limits,
        ...(memoryBytes === undefined ? {} : { memoryBytes }),
        ...(throttledMs === undefined ? {} : { throttledMs }),
      }
    } catch (error) {
      problems.failed('container', error)
      return undefined
    }
  }

  #find(): Found | undefined {
    const text = this.#text('/proc/self/cgroup')
    if (text === undefined) return undefined
    const paths = parseControlGroupPaths(text)
    const found = this.#unified(paths) ?? this.#legacy(paths)
    return Object.keys(found.limits).length === 0 ? undefined : found
  }

  #unified({ unified }: ControlGroupPaths): Found | undefined {
    const top = '/sys/fs/cgroup'
    if (unified === undefined || this.#text(`${top}/cgroup.controllers`) === undefined) return undefined
    const folders = this.#folders(top, unified, 'cgroup.controllers')
    return {
      limits: {
        ...this.#least('cores', folders, (folder) => parseProcessorLimit(this.#text(`${folder}/cpu.max`) ?? '')),
        ...this.#least('memoryLimitBytes', folders, (folder) => this.#limit(`${folder}/memory.max`)),
        ...this.#least('processesMax', folders, (folder) => this.#limit(`${folder}/pids.max`)),
      },
      memory: `${folders[0]}/memory.current`,
      throttled: `${folders[0]}/cpu.stat`,
    }
  }

  #legacy({ legacy }: ControlGroupPaths): Found {
    const foldersOf = (controller: string, file: string): Folders =>
      this.#folders(`/sys/fs/cgroup/${controller}`, legacy.get(controller) ?? '/', file)
    const processor = foldersOf('cpu', 'cpu.cfs_quota_us')
    const memory = foldersOf('memory', 'memory.limit_in_bytes')
    const processes = foldersOf('pids', 'cgroup.procs')
    return {
      limits: {
        ...this.#least('cores', processor, (folder) =>
          parseProcessorLimit(
            `${this.#text(`${folder}/cpu.cfs_quota_us`)?.trim()} ${this.#text(`${folder}/cpu.cfs_period_us`)?.trim()}`,
          ),
        ),
        ...this.#least('memoryLimitBytes', memory, (folder) => this.#limit(`${folder}/memory.limit_in_bytes`)),
        ...this.#least('processesMax', processes, (folder) => this.#limit(`${folder}/pids.max`)),
      },
      memory: `${memory[0]}/memory.usage_in_bytes`,
      throttled: `${processor[0]}/cpu.stat`,
    }
  }

  /** In a container the path may be the one on the machine outside, and what is mounted is that very group. */
  #folders(top: string, path: string, file: string): Folders {
    const steps = path
      .split('/')
      .filter((step) => step !== '')
      .slice(0, levelsMax)
    const isSeen = this.#text(`${[top, ...steps].join('/')}/${file}`) !== undefined
    if (!isSeen) return [top]
    return [...steps.keys(), steps.length].map((count) => [top, ...steps.slice(0, count)].join('/')).toReversed()
  }

  #limit(path: string): number | undefined {
    return parseGroupLimit(this.#text(path) ?? '')
  }

  #least<Name extends string>(
    name: Name,
    folders: Folders,
    limitOf: (folder: string) => number | undefined,
  ): { readonly [Key in Name]?: number } {
    const limits = folders.map(limitOf).filter((limit) => limit !== undefined)
    return limits.length === 0 ? {} : ({ [name]: Math.min(...limits) } as { readonly [Key in Name]?: number })
  }

  #text(path: string): string | undefined {
    try {
      return readFileSync(`${this.#root}${path}`, 'utf8')
    } catch (error) {
      if (isAbsent(error)) return undefined
      throw error
    }
  }
}

/** Version 2 counts microseconds, version 1 nanoseconds, under names of their own. */
function throttledTime(text: string): number | undefined {
  const numbers = parseNamedNumbers(text)
  const microseconds = numbers.get('throttled_usec')
  if (microseconds !== undefined) return microseconds / 1_000
  const nanoseconds = numbers.get('throttled_time')
  return nanoseconds === undefined ? undefined : nanoseconds / 1_000_000
}
