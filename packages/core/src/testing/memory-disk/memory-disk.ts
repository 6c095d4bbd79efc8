import { diskError } from '../../disk/disk-error.ts'
import type { Disk, DiskPath } from '../../disk/index.ts'
import type { Prng } from '../../random/index.ts'
import { faultless, type DiskFaults } from './disk-faults.ts'
import { MemoryDiskLife } from './memory-disk-life.ts'
import type { StoredFile } from './memory-file.ts'

export interface MemoryDiskOptions {
  readonly faults?: DiskFaults
  /** How many bytes of files fit; unlimited unless told. */
  readonly capacityBytes?: number
}

/**
 * A disk in memory that outlives the processes that use it. Each `open` begins the life of one process on it; a life
 * ends when its `Disk` is disposed of, with `kill`, or with `crash`. After the last two, everything that was opened in
 * that life refuses with `closed`, and what was in flight never resolves: whoever waited for it is gone.
 */
export interface MemoryDisk {
  /** May be changed at any time; files that are longer together stay, and cannot grow. */
  capacityBytes: number
  /** Throws `in-use` while an earlier life has not ended. */
  open(): Disk
  /** The process dies, the machine does not: what reads saw is still there, and still not durable. */
  kill(prng: Prng): void
  /** The power is cut: what was not durable is left as drawn, within what the port allows. */
  crash(prng: Prng): void
  /** The files that are there now, sorted: what could rot. */
  paths(): readonly DiskPath[]
  /**
   * Flips a bit between two places of a file (anywhere unless told); returns where, or undefined where there is
   * nothing.
   */
  rot(path: DiskPath, prng: Prng, range?: { readonly from?: number; readonly below?: number }): number | undefined
}

/** The same calls, faults and seeds give the same disk: nothing here reads a clock or draws from anything else. */
export function memoryDisk(options: MemoryDiskOptions = {}): MemoryDisk {
  return new MemoryDiskState(options.faults ?? faultless, options.capacityBytes ?? Infinity)
}

class MemoryDiskState implements MemoryDisk {
  capacityBytes: number
  readonly #faults: DiskFaults
  readonly #files = new Map<DiskPath, StoredFile>()
  readonly #folders = new Set<string>()
  #life: MemoryDiskLife | undefined

  constructor(faults: DiskFaults, capacityBytes: number) {
    this.#faults = faults
    this.capacityBytes = capacityBytes
  }

  open(): Disk {
    if (this.#life !== undefined) throw diskError('in-use', 'the disk')
    const life = new MemoryDiskLife({
      files: this.#files,
      folders: this.#folders,
      faults: this.#faults,
      room: () => this.#room(),
      ended: () => {
        if (this.#life === life) this.#life = undefined
      },
    })
    this.#life = life
    return life
  }

  kill(prng: Prng): void {
    this.#life?.die(prng)
    this.#life = undefined
  }

  crash(prng: Prng): void {
    this.kill(prng)
    for (const [path, file] of [...this.#files].toSorted(([one], [other]) => (one < other ? -1 : 1))) {
      if (!file.nameDurable && prng.chance(1, 2)) {
        this.#files.delete(path)
        continue
      }
      file.nameDurable = true
      file.content.crash(prng)
    }
  }

  paths(): readonly DiskPath[] {
    return [...this.#files.keys()].toSorted((one, other) => (one < other ? -1 : 1))
  }

  rot(path: DiskPath, prng: Prng, range: { readonly from?: number; readonly below?: number } = {}): number | undefined {
    return this.#files.get(path)?.content.rot(prng, range.from ?? 0, range.below ?? Infinity)
  }

  #room(): number {
    let used = 0
    for (const file of this.#files.values()) used += file.content.size
    return Math.max(0, this.capacityBytes - used)
  }
}
