import { closeSync, openSync, readSync } from 'node:fs'

/** Where files are read into; each reading is looked at before the next one. */
export type ReadBuffer = Buffer<ArrayBuffer>

/**
 * A file of `/proc` or `/sys` that stays open, as opening costs more than reading, and is read from its beginning each
 * time. Reading does not block: the kernel writes these files as they are read.
 */
export class KernelFile implements Disposable {
  readonly #path: string
  readonly #buffer: ReadBuffer
  #descriptor: number | undefined
  /** Whether the last reading filled the buffer, so that there may be more. */
  isCut = false

  constructor(path: string, buffer: ReadBuffer) {
    this.#path = path
    this.#buffer = buffer
  }

  /** How many bytes of the buffer it filled: as many as there are, or all. Throws what the system says. */
  read(): number {
    const wasOpen = this.#descriptor !== undefined
    try {
      return this.#readAll()
    } catch (error) {
      this[Symbol.dispose]()
      // What a descriptor stood for may have gone and come again, as a network interface of the same name.
      if (!wasOpen) throw error
      return this.#readAll()
    }
  }

  text(encoding: 'utf8' | 'latin1' = 'latin1'): string {
    return this.#buffer.toString(encoding, 0, this.read())
  }

  #readAll(): number {
    this.#descriptor ??= openSync(this.#path, 'r')
    let length = 0
    while (length < this.#buffer.length) {
      const count = readSync(this.#descriptor, this.#buffer, length, this.#buffer.length - length, length)
      if (count === 0) break
      length += count
    }
    this.isCut = length === this.#buffer.length
    return length
  }

  [Symbol.dispose](): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor)
    this.#descriptor = undefined
  }
}
