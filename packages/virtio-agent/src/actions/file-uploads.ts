import { FlotillaError } from '@flotilla/core/errors'
import { after, type Clock } from '@flotilla/core/time'
import type { QgaSystem } from '../qga/contract.ts'
import type { ActionLimits } from './limits.ts'
import { wrongArguments } from './order-arguments.ts'
import type { FileShelf, FileUpload } from './ports.ts'

export interface UploadPiece {
  /** The host's own name for the file that comes in pieces. */
  readonly upload: string
  readonly path: string
  readonly replaces: boolean
  /** Where in the file it begins: where the one before has ended. */
  readonly position: number
  readonly bytes: Uint8Array
  readonly isLast: boolean
  /** The host gives it up. */
  readonly isDiscarded: boolean
}

interface Upload {
  readonly path: string
  readonly replaces: boolean
  readonly actor: string
  /** Undefined until it has begun. */
  file: FileUpload | undefined
  written: number
  /** A piece is being written. */
  isBusy: boolean
  timer: Disposable | undefined
}

export interface FileUploadsOptions {
  readonly files?: FileShelf
  readonly clock: Clock
  readonly system: Pick<QgaSystem, 'freeze'>
  readonly limits: ActionLimits
}

/** Files that come in pieces, one order each. One that is not continued for a while is given up, and leaves nothing. */
export class FileUploads implements AsyncDisposable {
  readonly #options: FileUploadsOptions
  readonly #uploads = new Map<string, Upload>()
  readonly #closing = new Set<Promise<void>>()
  #isClosed = false

  constructor(options: FileUploadsOptions) {
    this.#options = options
  }

  /** How much of it there is now. Whatever else becomes of a piece is the end of the whole. */
  async take(piece: UploadPiece, { actor }: { readonly actor: string }): Promise<number> {
    const upload = this.#wanted(piece, actor)
    upload.isBusy = true
    upload.timer?.[Symbol.dispose]()
    try {
      const written = await this.#write(upload, piece)
      if (piece.isLast || piece.isDiscarded) await this.#end(piece.upload, upload)
      else this.#wait(piece.upload, upload)
      return written
    } catch (error) {
      await this.#end(piece.upload, upload)
      throw error
    } finally {
      upload.isBusy = false
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    for (const [name, upload] of this.#uploads) if (!upload.isBusy) void this.#end(name, upload)
    await Promise.all(this.#closing)
  }

  /** The upload that a piece belongs to; the first one begins it. */
  #wanted({ upload: name, path, replaces, position, isDiscarded }: UploadPiece, actor: string): Upload {
    const { uploadsMax } = this.#options.limits
    const known = this.#uploads.get(name)
    if (known !== undefined) {
      if (known.isBusy) throw new FlotillaError('overloaded', 'a piece of this file is being written: wait for it')
      if (known.path === path && known.replaces === replaces && known.actor === actor) return known
      throw wrongArguments('upload is the name of another file')
    }
    if (position > 0 || isDiscarded) {
      throw new FlotillaError('not-found', 'this file is not on its way any more: begin anew', {
        hint: 'a file is given up where its next piece is too long in coming',
      })
    }
    if (this.#isClosed) throw new FlotillaError('closed', 'the agent stops')
    if (this.#uploads.size >= uploadsMax) {
      throw new FlotillaError('overloaded', `${uploadsMax} files are on their way already: wait for one of them`)
    }
    const upload = { path, replaces, actor, file: undefined, written: 0, isBusy: false, timer: undefined }
    this.#uploads.set(name, upload)
    return upload
  }

  async #write(upload: Upload, { path, replaces, position, bytes, isLast, isDiscarded }: UploadPiece): Promise<number> {
    if (isDiscarded) return 0
    const { files, limits } = this.#options
    const { uploadBytesMax } = limits
    if (position !== upload.written) throw wrongArguments(`position must be ${upload.written}: that much is there`)
    if (position + bytes.length > uploadBytesMax) {
      throw new FlotillaError('too-large', `the file has more than ${uploadBytesMax} bytes`)
    }
    upload.file ??= await files?.begin(path, { replaces })
    await upload.file?.append(bytes)
    upload.written += bytes.length
    if (isLast) await upload.file?.commit()
    return upload.written
  }

  #wait(name: string, upload: Upload): void {
    if (this.#isClosed) return void this.#end(name, upload)
    const { clock, limits, system } = this.#options
    upload.timer = clock.wakeAt(after(clock.now(), limits.uploadIdleMs), () => {
      // To remove a file from a frozen disk would hold one of the few threads until somebody thaws it.
      if (system.freeze?.isFrozen === true) this.#wait(name, upload)
      else void this.#end(name, upload)
    })
  }

  #end(name: string, upload: Upload): Promise<void> {
    if (this.#uploads.get(name) !== upload) return Promise.resolve()
    this.#uploads.delete(name)
    upload.timer?.[Symbol.dispose]()
    const closed = Promise.resolve(upload.file?.[Symbol.asyncDispose]()).catch(() => {})
    this.#closing.add(closed)
    return closed.finally(() => this.#closing.delete(closed))
  }
}
