import { FlotillaError } from '@flotilla/core/errors'
import { isAbsent, type Problems } from '../problems.ts'
import { KernelFile, type ReadBuffer } from './node-kernel-file.ts'

/** The files of `/proc` about the machine, each kept open, read into one buffer. */
export class SystemFiles implements Disposable {
  readonly #root: string
  readonly #buffer: ReadBuffer
  readonly #files = new Map<string, KernelFile>()

  constructor(root: string, fileBytesMax: number) {
    this.#root = root
    this.#buffer = Buffer.allocUnsafe(fileBytesMax)
  }

  /**
   * What `parse` makes of the file. Undefined, with a problem, where it cannot be read or is not understood; without
   * one where it is not there and need not be.
   */
  read<Value>(
    part: string,
    path: string,
    parse: (text: string) => Value | undefined,
    problems: Problems,
    need: 'required' | 'optional' = 'required',
  ): Value | undefined {
    const file = this.#open(path)
    try {
      const value = parse(file.text('utf8'))
      if (file.isCut) {
        problems.add(
          part,
          'limit-reached',
          `${path} is longer than ${this.#buffer.length} bytes; the rest is passed over`,
        )
      }
      if (value !== undefined) return value
      throw new FlotillaError('wrong-format', `${path} does not have the form that we know`)
    } catch (error) {
      if (need === 'required' || !isAbsent(error)) problems.failed(part, error)
      return undefined
    }
  }

  #open(path: string): KernelFile {
    let file = this.#files.get(path)
    if (file === undefined) {
      file = new KernelFile(this.#root + path, this.#buffer)
      this.#files.set(path, file)
    }
    return file
  }

  [Symbol.dispose](): void {
    for (const file of this.#files.values()) file[Symbol.dispose]()
  }
}
