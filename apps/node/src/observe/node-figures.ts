import { stat, statfs } from 'node:fs/promises'
import type { Clock, Millis, WallMillis } from '@flotilla/core/time'
import { nodeLimitsDefaults } from '../limits.ts'
import type { DataFolder } from '../data-folder.ts'
import type { History } from '../storage/history.ts'
import type { Lateness } from './measured-clock.ts'

/** What a node can say of itself at one moment; the answer of `/v1/node`, and what the page shows. */
export interface NodeFigures {
  readonly name: string
  readonly id: string
  readonly version: string
  readonly life: number
  readonly pid: number
  readonly startedAt: string
  readonly uptimeSeconds: number
  readonly dataFolder: string
  readonly storage: {
    readonly sqliteBytes: number
    readonly diskFreeBytes: number
    readonly diskBytes: number
    readonly historyRows: number
  }
  readonly memory: { readonly residentBytes: number; readonly heapUsedBytes: number }
  /** How late the event loop came to its timers, since the start. */
  readonly eventLoopDelay: Lateness
  readonly runtime: { readonly node: string; readonly platform: string }
}

type Measured = Pick<NodeFigures, 'storage' | 'memory'>

export interface FiguresOptions {
  readonly name: string
  readonly id: string
  readonly version: string
  readonly life: number
  readonly folder: DataFolder
  readonly history: History
  readonly clock: Clock
  readonly lateness: () => Lateness
}

export class FiguresSource {
  readonly #options: FiguresOptions
  readonly #startedAt: Millis
  readonly #startedWall: WallMillis

  #latest: { readonly at: Millis; readonly measured: Promise<Measured> } | undefined

  constructor(options: FiguresOptions) {
    this.#options = options
    this.#startedAt = options.clock.now()
    this.#startedWall = options.clock.wallNow()
  }

  async read(): Promise<NodeFigures> {
    const { name, id, version, life, folder, clock } = this.#options
    const { storage, memory } = await this.#measured()
    return {
      name,
      id,
      version,
      life,
      pid: process.pid,
      startedAt: new Date(this.#startedWall).toISOString(),
      uptimeSeconds: Math.round(clock.now() - this.#startedAt) / 1_000,
      dataFolder: folder.path,
      storage,
      memory,
      eventLoopDelay: this.#options.lateness(),
      runtime: { node: process.versions.node, platform: `${process.platform} ${process.arch}` },
    }
  }

  /** At most so often, and once for all who ask meanwhile: the system is asked for all of it. */
  #measured(): Promise<Measured> {
    const now = this.#options.clock.now()
    if (this.#latest !== undefined && now - this.#latest.at < nodeLimitsDefaults.figuresMeasuredEveryMs) {
      return this.#latest.measured
    }
    const measured = this.#measure()
    this.#latest = { at: now, measured }
    // What could not be had is not kept.
    measured.catch(() => (this.#latest = undefined))
    return measured
  }

  async #measure(): Promise<Measured> {
    const { folder, history } = this.#options
    const [disk, ...sizes] = await Promise.all([
      statfs(folder.path),
      sizeOf(folder.database),
      sizeOf(`${folder.database}-wal`),
    ])
    const memory = process.memoryUsage()
    return {
      storage: {
        sqliteBytes: sizes.reduce((sum, size) => sum + size, 0),
        diskFreeBytes: disk.bavail * disk.bsize,
        diskBytes: disk.blocks * disk.bsize,
        historyRows: history.rows,
      },
      memory: { residentBytes: memory.rss, heapUsedBytes: memory.heapUsed },
    }
  }
}

/** 0 where there is no such file: the write-ahead log comes and goes. */
async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0
    throw error
  }
}
