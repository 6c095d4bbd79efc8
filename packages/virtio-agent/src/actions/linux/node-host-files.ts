import { constants } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { getSystemErrorMessage } from 'node:util'
import { QgaRefusal, type QgaFile, type QgaFiles } from '../../qga/contract.ts'
import { parseFileMode, type FileMode } from './parsing/file-mode.ts'

const readAtOnceBytes = 65_536

/** Any file that the agent may open: the configuration has allowed that. */
export const nodeHostFiles: QgaFiles = {
  async open(path, word) {
    const mode = parseFileMode(word)
    if (mode === undefined) throw new QgaRefusal(`invalid file open mode '${word}'`)
    const told = `failed to open file '${path.slice(0, 4_096)}' (mode: '${word}')`
    if (path === '' || path.includes('\0')) throw new QgaRefusal(`${told}: no such file or directory`)
    const file = await open(path, flagsOf(mode), 0o666).catch((cause: unknown) => refuse(told, cause))
    try {
      const stat = await file.stat()
      if (stat.isDirectory()) throw new QgaRefusal(`${told}: is a directory`)
      return new HostFile(file, mode, stat.isFile() || stat.isBlockDevice())
    } catch (error) {
      await file.close()
      throw error
    }
  },
}

/** Without waiting, so that a pipe without anybody at its other end does not keep a thread of ours for ever. */
function flagsOf({ reads, writes, creates, truncates, appends }: FileMode): number {
  const { O_RDWR, O_WRONLY, O_RDONLY, O_CREAT, O_TRUNC, O_APPEND, O_NONBLOCK, O_NOCTTY } = constants
  return (
    (reads && writes ? O_RDWR : writes ? O_WRONLY : O_RDONLY) |
    (creates ? O_CREAT : 0) |
    (truncates ? O_TRUNC : 0) |
    (appends ? O_APPEND : 0) |
    O_NONBLOCK |
    O_NOCTTY
  )
}

class HostFile implements QgaFile {
  readonly #file: FileHandle
  readonly #mode: FileMode
  /** What has no places, as a pipe, is read and written from its front. */
  readonly #hasPlaces: boolean
  #position = 0

  constructor(file: FileHandle, mode: FileMode, hasPlaces: boolean) {
    this.#file = file
    this.#mode = mode
    this.#hasPlaces = hasPlaces
  }

  async read(bytesMax: number): Promise<{ readonly bytes: Uint8Array; readonly isAtEnd: boolean }> {
    const pieces: Uint8Array[] = []
    let missing = bytesMax
    let isAtEnd = false
    while (missing > 0 && !isAtEnd) {
      const piece = new Uint8Array(Math.min(missing, readAtOnceBytes))
      const count = await this.#readPiece(piece, pieces.length > 0)
      if (count === undefined) break
      if (count > 0) pieces.push(piece.subarray(0, count))
      missing -= count
      isAtEnd = count === 0
    }
    return { bytes: Buffer.concat(pieces), isAtEnd }
  }

  async write(bytes: Uint8Array): Promise<number> {
    const place = this.#hasPlaces && !this.#mode.appends ? this.#position : null
    const { bytesWritten } = await this.#file
      .write(bytes, 0, bytes.length, place)
      .catch((cause: unknown) => refuse('failed to write to file', cause))
    if (this.#mode.appends && this.#hasPlaces) this.#position = (await this.#file.stat()).size
    else this.#position += bytesWritten
    return bytesWritten
  }

  async seek(offset: number, whence: 'set' | 'cur' | 'end'): ReturnType<QgaFile['seek']> {
    if (!this.#hasPlaces) throw new QgaRefusal('failed to seek file: illegal seek')
    const stat = await this.#file.stat()
    if (whence === 'end' && !stat.isFile()) throw new QgaRefusal('failed to seek file: its end is not known')
    const from = whence === 'set' ? 0 : whence === 'cur' ? this.#position : stat.size
    const position = from + offset
    if (position < 0 || !Number.isSafeInteger(position)) throw new QgaRefusal('failed to seek file: invalid argument')
    this.#position = position
    return { position, isAtEnd: false }
  }

  /** Down to the disk: who asks for it wants to be sure. */
  async flush(): Promise<void> {
    await this.#file.sync().catch((cause: unknown) => {
      // A pipe and its like have no disk.
      if (codeOf(cause) !== 'EINVAL' && codeOf(cause) !== 'EROFS') refuse('failed to flush file', cause)
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close().catch((cause: unknown) => refuse('failed to close file', cause))
  }

  /** Undefined where there is nothing more now, and something was read. */
  async #readPiece(piece: Uint8Array, hasSome: boolean): Promise<number | undefined> {
    try {
      const { bytesRead } = await this.#file.read(piece, 0, piece.length, this.#hasPlaces ? this.#position : null)
      this.#position += bytesRead
      return bytesRead
    } catch (cause) {
      if (hasSome && codeOf(cause) === 'EAGAIN') return undefined
      return refuse('failed to read file', cause)
    }
  }
}

function codeOf(error: unknown): unknown {
  return (error as NodeJS.ErrnoException).code
}

function refuse(told: string, cause: unknown): never {
  const { errno } = cause as NodeJS.ErrnoException
  const words = errno === undefined ? 'it is closed' : getSystemErrorMessage(errno)
  throw new QgaRefusal(`${told}: ${words}`, { cause })
}
