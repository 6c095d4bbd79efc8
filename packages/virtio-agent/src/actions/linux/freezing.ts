import { QgaRefusal, type QgaFreezing } from '../../qga/contract.ts'
import type { LinuxMount } from './parsing/mounts.ts'
import type { ProgramAnswer, SystemPrograms } from './system-programs.ts'

/** Whoever writes to disks by itself: a log, for one. What it writes while they are frozen would wait for the thaw. */
export interface HeldWriter {
  /** From when it resolves it writes nothing. */
  hold(): Promise<void> | void
  release(): void
}

/** What is frozen, for who starts after us. */
export interface FrozenRecord {
  /** Durable before it resolves. */
  write(mounts: readonly string[]): Promise<void>
  remove(): Promise<void>
}

export interface FreezingOptions {
  readonly programs: SystemPrograms
  readonly mounts: () => Promise<readonly LinuxMount[]>
  readonly record: FrozenRecord
  /** What an agent before us left frozen since this machine has started. */
  readonly left: readonly string[]
  readonly timeoutMs: number
  /** Held before the first file system is frozen, and released after all are thawed. */
  readonly writers: readonly HeldWriter[]
}

/** Freezes file systems by `fsfreeze`, as Node has no `ioctl`. */
export class LinuxFreezing implements QgaFreezing {
  readonly #options: FreezingOptions
  /** What has to be thawed; in the order in which it was frozen. */
  #frozen: readonly string[]
  #isFrozen: boolean
  #isBusy = false

  constructor(options: FreezingOptions) {
    this.#options = options
    this.#frozen = options.left
    this.#isFrozen = options.left.length > 0
  }

  get isFrozen(): boolean {
    return this.#isFrozen
  }

  freeze(mounts: readonly string[] | undefined): Promise<number> {
    return this.#alone(async () => {
      if (this.#isFrozen) throw new QgaRefusal('file systems are frozen already: thaw them first')
      const chosen = await this.#chosen(mounts)
      if (chosen.length === 0) return 0
      // Rejects where there is none; and what thaws is in memory before the disk that it comes from is frozen.
      await this.#fsfreeze('--help')
      // Nothing else is to be done from here on.
      this.#isFrozen = true
      try {
        for (const writer of this.#options.writers) await writer.hold()
        await this.#options.record.write(chosen)
      } catch (cause) {
        await this.#over()
        throw new QgaRefusal('nothing was frozen: where that would be written down cannot be written', { cause })
      }
      const count = await this.#freezeAll(chosen)
      if (count === 0) await this.#over()
      return count
    })
  }

  thaw(): Promise<number> {
    return this.#alone(async () => {
      const mounted = await this.#options.mounts()
      // Also what somebody else has frozen, or an agent whose record was lost: there must be a way out.
      const all = new Set([...this.#frozen.toReversed(), ...mounted.map(({ path }) => path)])
      const { count, complaints } = await this.#thawAll([...all])
      if (complaints.length > 0) throw new QgaRefusal(`not everything was thawed: ${complaints.join('; ')}`)
      await this.#over()
      return count
    })
  }

  /** What is mounted last first, as it may lie in a file of another; each file system once. */
  async #chosen(wanted: readonly string[] | undefined): Promise<readonly string[]> {
    const mounted = await this.#options.mounts()
    const unknown = wanted?.find((path) => !mounted.some((mount) => mount.path === path))
    if (unknown !== undefined) {
      throw new QgaRefusal(`nothing was frozen: there is no file system on a disk at ${JSON.stringify(unknown)}`)
    }
    const chosen = new Map<string, string>()
    for (const { path, deviceNumber } of mounted.toReversed()) {
      if ((wanted === undefined || wanted.includes(path)) && !chosen.has(deviceNumber)) chosen.set(deviceNumber, path)
    }
    return [...chosen.values()]
  }

  async #freezeAll(paths: readonly string[]): Promise<number> {
    const frozen: string[] = []
    for (const path of paths) {
      let answer: ProgramAnswer
      try {
        answer = await this.#fsfreeze('--freeze', path)
      } catch (error) {
        // It took too long, and may get done after all.
        throw await this.#givenUp([...frozen, path], error instanceof Error ? error.message : 'fsfreeze did not end')
      }
      if (answer.isDone) frozen.push(path)
      else if (!isNotFreezable(answer)) throw await this.#givenUp(frozen, answer.complaint)
      this.#frozen = [...frozen]
    }
    return frozen.length
  }

  /** All or none. */
  async #givenUp(frozen: readonly string[], why: string): Promise<QgaRefusal> {
    this.#frozen = frozen
    const { complaints } = await this.#thawAll(frozen.toReversed())
    if (complaints.length === 0) await this.#over()
    const rest = complaints.length === 0 ? 'nothing is frozen' : `thaw them: ${complaints.join('; ')}`
    return new QgaRefusal(`not everything could be frozen, so ${rest}: ${why}`)
  }

  async #thawAll(
    paths: readonly string[],
  ): Promise<{ readonly count: number; readonly complaints: readonly string[] }> {
    let count = 0
    const complaints: string[] = []
    for (const path of paths) {
      try {
        const answer = await this.#fsfreeze('--unfreeze', path)
        if (answer.isDone) count++
        else if (!isNotFrozen(answer)) complaints.push(answer.complaint)
      } catch (error) {
        complaints.push(error instanceof Error ? error.message : `fsfreeze of ${path} did not end`)
      }
    }
    return { count, complaints }
  }

  async #over(): Promise<void> {
    this.#frozen = []
    this.#isFrozen = false
    for (const writer of this.#options.writers) writer.release()
    // Without it the next agent would only thaw what is thawed already.
    await this.#options.record.remove().catch(() => {})
  }

  #fsfreeze(...given: readonly ['--help'] | readonly ['--freeze' | '--unfreeze', string]): Promise<ProgramAnswer> {
    const { programs, timeoutMs } = this.#options
    return programs.run({ path: 'fsfreeze', arguments: given, package: 'util-linux', timeoutMs })
  }

  async #alone(act: () => Promise<number>): Promise<number> {
    if (this.#isBusy) throw new QgaRefusal('file systems are being frozen or thawed: ask for the status first')
    this.#isBusy = true
    try {
      return await act()
    } finally {
      this.#isBusy = false
    }
  }
}

/** It cannot be, as one of squashfs; or it is frozen already, by somebody else. */
function isNotFreezable({ complaint }: ProgramAnswer): boolean {
  return /not supported|inappropriate ioctl|resource busy/i.test(complaint)
}

function isNotFrozen({ complaint }: ProgramAnswer): boolean {
  return /invalid argument|not supported|inappropriate ioctl|no such file/i.test(complaint)
}
