import { mkdirSync, readFileSync, writeFileSync, fsyncSync, openSync, closeSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { FrozenRecord } from './freezing.ts'

const mountsMax = 4_096

/** A file in the folder of the agent's state. It is written before anything is frozen, and removed after the thaw. */
export class FrozenFile implements FrozenRecord {
  readonly #folder: string
  readonly #bootId: string

  /** Freezing does not outlive a start of the machine, so the record is of one. */
  constructor(folder: string, bootId: string) {
    this.#folder = folder
    this.#bootId = bootId
  }

  get #path(): string {
    return join(this.#folder, 'frozen.json')
  }

  /** What is written there of this boot; nothing if it cannot be understood. */
  read(): readonly string[] {
    try {
      const { bootId, mounts } = JSON.parse(readFileSync(this.#path, 'utf8')) as Record<string, unknown>
      if (bootId !== this.#bootId || !Array.isArray(mounts)) return []
      const known: readonly unknown[] = mounts
      return known.filter((mount) => typeof mount === 'string').slice(0, mountsMax)
    } catch {
      return []
    }
  }

  async write(mounts: readonly string[]): Promise<void> {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
    writeFileSync(this.#path, JSON.stringify({ bootId: this.#bootId, mounts }), { mode: 0o600, flush: true })
    const folder = openSync(this.#folder, 'r')
    try {
      fsyncSync(folder)
    } finally {
      closeSync(folder)
    }
  }

  async remove(): Promise<void> {
    await rm(this.#path, { force: true })
  }
}
