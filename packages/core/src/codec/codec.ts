import { FlotillaError, InvariantError, ProtocolError } from '../errors/index.ts'
import { validateCodecLimits, type CodecLimits } from './limits.ts'
import { Reader } from './reader.ts'
import { Refusal } from './refusal.ts'
import type { Schema } from './schema.ts'
import { Writer } from './writer.ts'

export interface CodecOptions<Message> {
  /** What the messages are, as errors call them: `raft message`. */
  readonly name: string
  readonly schema: Schema<Message>
  readonly limits?: Partial<CodecLimits>
  /**
   * Byte strings of a decoded message are `copied` (the default), or `shared`: views into the decoded bytes, which must
   * then never change, and stay in memory as long as one of the views. Sharing saves 0.4 µs for each of over 64 bytes.
   */
  readonly byteStrings?: 'copied' | 'shared'
}

/**
 * Messages to bytes and back. Each message has exactly one encoding: whatever `decode` accepts, `encode` gives back
 * byte for byte, save fields that were skipped.
 */
export interface Codec<Message> {
  /**
   * Throws a `FlotillaError` with an `EncodeErrorCode` if the message is over a limit or holds text without a UTF-8
   * form, because both come with what users hand in. Anything else that breaks the schema is our own bug: an
   * `InvariantError`.
   *
   * The bytes never change. Those of short messages share one `ArrayBuffer` of 8 KiB with their neighbours, as Node's
   * small buffers do, so send them rather than transfer or keep their `buffer`.
   */
  encode(message: Message): Uint8Array
  /** Throws a `ProtocolError` with a `DecodeErrorCode`, and nothing else, whatever the bytes are. */
  decode(bytes: Uint8Array): Message
}

export function createCodec<Message>(options: CodecOptions<Message>): Codec<Message> {
  const { name, schema, byteStrings = 'copied' } = options
  const limits = validateCodecLimits(options.limits)
  if (schema.depth > limits.depthMax) {
    throw new FlotillaError(
      'wrong-setting',
      `codec: depthMax is ${limits.depthMax}; the schema of a ${name} needs at least ${schema.depth}`,
    )
  }
  let spare: Writer | undefined
  return {
    encode(message) {
      // The writer is out of sight while it is in use, so that neither a failure nor an `encode` inside this one can
      // leave half a message in it.
      const writer = spare ?? new Writer(limits)
      spare = undefined
      try {
        schema.write(writer, message)
        const written = writer.finish()
        spare = writer
        return written
      } catch (error) {
        throw error instanceof Refusal ? encodeError(name, error) : error
      }
    },
    decode(bytes) {
      try {
        const reader = new Reader(plain(bytes), limits, byteStrings === 'shared')
        const message = schema.read(reader)
        reader.end()
        return message
      } catch (error) {
        throw error instanceof Refusal ? new ProtocolError(error.code, error.sentence(name)) : error
      }
    },
  }
}

/** Node's `Buffer` makes views where `slice` of others copies, so its bytes are read as what they are. */
function plain(bytes: Uint8Array): Uint8Array {
  if (bytes.constructor === Uint8Array) return bytes
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function encodeError(name: string, refusal: Refusal): Error {
  const { code } = refusal
  if (code === 'too-large' || code === 'malformed-text') return new FlotillaError(code, refusal.sentence(name))
  return new InvariantError(`broken invariant: what is encoded fits its schema; ${refusal.sentence(name)}`)
}
