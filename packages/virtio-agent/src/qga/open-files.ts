import { QgaRefusal, type QgaFile } from './contract.ts'

const firstHandle = 1_000

/** The files that the host has open, by the handles that it knows. */
export class OpenFiles implements AsyncDisposable {
  readonly #handlesMax: number
  readonly #files = new Map<number, QgaFile>()
  #nextHandle = firstHandle

  constructor(handlesMax: number) {
    this.#handlesMax = handlesMax
  }

  get size(): number {
    return this.#files.size
  }

  async open(opening: () => Promise<QgaFile>): Promise<number> {
    if (this.#files.size >= this.#handlesMax) {
      throw new QgaRefusal(`${this.#handlesMax} files are open already: close some of them first`)
    }
    const file = await opening()
    const handle = this.#nextHandle++
    this.#files.set(handle, file)
    return handle
  }

  get(handle: bigint): QgaFile {
    const file = this.#files.get(Number(handle))
    if (file === undefined) throw new QgaRefusal(`handle '${handle}' has not been found`)
    return file
  }

  async close(handle: bigint): Promise<void> {
    const file = this.get(handle)
    this.#files.delete(Number(handle))
    await file[Symbol.asyncDispose]()
  }

  /** The host is gone and does not come back for them. */
  async closeAll(): Promise<void> {
    const files = [...this.#files.values()]
    this.#files.clear()
    await Promise.allSettled(files.map((file) => file[Symbol.asyncDispose]()))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.closeAll()
  }
}
