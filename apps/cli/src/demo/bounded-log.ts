import { closeSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

/** A file that what a node says is written to; a full one is kept as the one before, so that there are two at most. */
export class BoundedLog implements Disposable {
  readonly #path: string
  readonly #bytesMax: number
  #file: number
  #bytes = 0

  constructor(path: string, bytesMax: number) {
    this.#path = path
    this.#bytesMax = bytesMax
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    this.#file = this.#begin()
  }

  write(bytes: Uint8Array): void {
    if (this.#bytes + bytes.length > this.#bytesMax) {
      closeSync(this.#file)
      this.#file = this.#begin()
    }
    this.#bytes += bytes.length
    try {
      writeSync(this.#file, bytes)
    } catch {
      // A full disk is no reason to end the nodes; they say themselves what it means for them.
    }
  }

  [Symbol.dispose](): void {
    closeSync(this.#file)
  }

  #begin(): number {
    this.#bytes = 0
    try {
      renameSync(this.#path, `${this.#path}.before`)
    } catch {
      // There was none.
    }
    return openSync(this.#path, 'w', 0o600)
  }
}
