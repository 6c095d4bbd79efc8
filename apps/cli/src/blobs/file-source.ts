import { createReadStream } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import process from 'node:process'
import { Readable } from 'node:stream'
import { FlotillaError } from '@flotilla/core/errors'
import { cliLimitsDefaults } from '../limits.ts'
import { signatureOf } from './file-signature.ts'

/** A file, or standard input, on its way to a node. */
export interface Source extends AsyncDisposable {
  readonly readable: Readable
  /** Undefined where it ends when it ends, as a pipe does. */
  readonly size: number | undefined
  /** Of what was opened, whatever stands at its path by now; undefined where it is no plain file. */
  readonly signature: string | undefined
  /** Why it could not be read to its end. It counts more than what the other side makes of that. */
  readonly failure: () => FlotillaError | undefined
}

/** `-` is standard input. */
export async function openSource(path: string): Promise<Source> {
  if (path === '-') return sourceOf(process.stdin, { size: undefined, signature: undefined }, 'standard input')
  const handle = await opened(path)
  const { size, isPlain, signature } = await factsOf(handle)
  if (isPlain === undefined) {
    await handle.close()
    throw new FlotillaError('unreadable', `${path} is a folder`, { hint: 'name the files in it, or send an archive' })
  }
  const { blobPieceBytes: highWaterMark } = cliLimitsDefaults
  // What is added to the file meanwhile is not what was to be sent.
  const end = isPlain && size > 0 ? { end: size - 1 } : {}
  const stream = createReadStream(path, { fd: handle, highWaterMark, ...end })
  return sourceOf(stream, isPlain ? { size, signature } : { size: undefined, signature: undefined }, path)
}

function sourceOf(stream: Readable, { size, signature }: Pick<Source, 'size' | 'signature'>, name: string): Source {
  let failure: FlotillaError | undefined
  const fail = (why: string, cause?: unknown): FlotillaError => {
    failure = new FlotillaError('unreadable', `${name} ${why}`, { hint: 'mend that and try again', cause })
    return failure
  }
  async function* pieces(): AsyncGenerator<Uint8Array, void> {
    const iterator = stream[Symbol.asyncIterator]() as AsyncIterator<Uint8Array, undefined>
    let count = 0
    for (;;) {
      // What is thrown at the `yield` is the other side's failure and not the file's.
      const { value } = await iterator.next().catch((error: unknown) => {
        throw fail(`cannot be read (${error instanceof Error ? error.message : String(error)})`, error)
      })
      if (value === undefined) break
      count += value.length
      yield value
    }
    if (size !== undefined && count !== size) throw fail('has changed while it was read')
  }
  const readable = Readable.from(pieces(), { objectMode: false, highWaterMark: cliLimitsDefaults.blobPieceBytes })
  return {
    readable,
    size,
    signature,
    failure: () => failure,
    [Symbol.asyncDispose]() {
      stream.destroy()
      return Promise.resolve()
    },
  }
}

async function opened(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r')
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error)
    throw new FlotillaError('unreadable', `${path} cannot be read (${said})`, { hint: 'look at its name and rights' })
  }
}

/** `isPlain` is undefined for a folder; false for a pipe or a device, whose size says nothing. */
async function factsOf(handle: FileHandle): Promise<FileFacts> {
  const stat = await handle.stat({ bigint: true })
  const isPlain = stat.isDirectory() ? undefined : stat.isFile()
  return { size: Number(stat.size), isPlain, signature: signatureOf(stat) }
}

interface FileFacts {
  readonly size: number
  readonly isPlain: boolean | undefined
  readonly signature: string
}
