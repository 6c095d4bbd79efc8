import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import type { ReadBuffer } from './node-kernel-file.ts'
import { parseNamedNumbers } from './parsing/named-numbers.ts'

/** What is dearer to read of a process. Whatever we may not know is absent. */
export interface ProcessDetail {
  readonly openFiles?: number
  readonly readBytes?: number
  readonly writtenBytes?: number
}

export class DetailReader {
  readonly #folder: string
  readonly #buffer: ReadBuffer
  /** Since Linux 6.2 the size of the folder of descriptors is their number; before, it is 0 and they are listed. */
  readonly #hasCounts: boolean

  constructor(folder: string, buffer: ReadBuffer) {
    this.#folder = folder
    this.#buffer = buffer
    this.#hasCounts = (statSync(`${folder}/self/fd`, { throwIfNoEntry: false })?.size ?? 0) > 0
  }

  read(pid: number): ProcessDetail {
    return { ...optional('openFiles', this.#openFiles(pid)), ...this.#traffic(pid) }
  }

  #openFiles(pid: number): number | undefined {
    const path = `${this.#folder}/${pid}/fd`
    try {
      return this.#hasCounts ? statSync(path).size : readdirSync(path).length
    } catch {
      return undefined // Somebody else's, or ended, which the caller sees for itself.
    }
  }

  #traffic(pid: number): Pick<ProcessDetail, 'readBytes' | 'writtenBytes'> {
    let descriptor: number | undefined
    try {
      descriptor = openSync(`${this.#folder}/${pid}/io`, 'r')
      const length = readSync(descriptor, this.#buffer, 0, 1_024, 0)
      const numbers = parseNamedNumbers(this.#buffer.toString('latin1', 0, length))
      return {
        ...optional('readBytes', numbers.get('read_bytes')),
        ...optional('writtenBytes', numbers.get('write_bytes')),
      }
    } catch {
      return {} // As above; and the kernel may have been built without it.
    } finally {
      if (descriptor !== undefined) closeSync(descriptor)
    }
  }
}

function optional<Name extends string>(name: Name, value: number | undefined): { readonly [Key in Name]?: number } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [Key in Name]?: number })
}
