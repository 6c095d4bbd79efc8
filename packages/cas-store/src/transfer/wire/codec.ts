import {
  array,
  boolean,
  bytes,
  createCodec,
  integer,
  literal,
  nullable,
  object,
  string,
  union,
  type Codec,
  type Schema,
} from '@flotilla/core/codec'
import { FlotillaError, ProtocolError } from '@flotilla/core/errors'
import { safeText } from '@flotilla/core/text'
import type { BlobId, ChunkId } from '../../types.ts'
import type { IdentifiedBlob, Standing } from '../contract.ts'
import { treeLimits } from '../../tree/limits.ts'
import { idBytesLength } from '../../tree/id-bytes.ts'
import { packIds, unpackIds } from './id-bytes.ts'
import type { BatchNumber, ChunkAnswer, ChunkAsk, PushMessage, PushReply, Refusal, StreamPurpose } from './messages.ts'

/** Rises with every change that an older node would misread. */
const transferVersion = 1

/** In any message; settings allow no more chunks than that in a batch. */
const chunksMax = 4_096
const reasonLengthMax = 300
/** The longest control message: with room for the names of its fields, and for text in its longest form. */
export const controlBytesMax: number = chunksMax * (idBytesLength + 9) + 4_096

const batch = integer<BatchNumber>()
const kind = literal('data', 'list')
const packedIds = bytes({ bytesMax: chunksMax * idBytesLength })
const length = integer({ max: 2 ** 31 })
const refused = object({ code: string({ bytesMax: 64 }), why: string({ bytesMax: 4 * reasonLengthMax }) })
const blob = object({
  id: bytes({ bytesMax: idBytesLength }),
  size: integer({ max: treeLimits.blobBytesMax }),
  depth: integer({ max: treeLimits.depthMax }),
  root: bytes({ bytesMax: idBytesLength }),
})

const askSchema = union({
  ask: object({ batch, kind, ids: packedIds, sizes: array(integer(), { countMax: chunksMax }) }),
})
const answerSchema = union({
  answer: object({ batch, lengths: array(nullable(length), { countMax: chunksMax }) }),
})
const pushSchema = union({
  begin: object({ blob }),
  have: object({ batch, kind, ids: packedIds }),
  chunks: object({ batch, kind, ids: packedIds, lengths: array(length, { countMax: chunksMax }) }),
  commit: object({ blob }),
})
const pushReplySchema = union({
  begun: object({ isDurable: boolean() }),
  lacks: object({ batch, missing: array(integer({ max: chunksMax - 1 }), { countMax: chunksMax }) }),
  taken: object({ batch }),
  durable: object({}),
  refused,
})
/** These alone are read whatever the version is, so that a wrong one can be named. */
const headerSchema = object({ version: integer(), purpose: string({ bytesMax: 16 }) }, { unknownFields: 'skip' })
const questionSchema = object({ version: integer(), question: string({ bytesMax: 16 }) }, { unknownFields: 'skip' })
const standingSchema = object(
  { version: integer(), freeBytes: integer(), isUntrusted: boolean() },
  { unknownFields: 'skip' },
)

const asks = codec('question for chunks', askSchema)
const pushes = codec('push of chunks', pushSchema)
const headers = codec('header of a stream of chunks', headerSchema)
const questions = codec('question for the standing', questionSchema)
const standings = codec('standing of a store', standingSchema)

/** Whatever the bytes are, decoding throws nothing but a `FlotillaError`. */
export const askCodec: Codec<ChunkAsk> = {
  encode: ({ type, batch: number, kind: of, wanted }) =>
    asks.encode({
      type,
      batch: number,
      kind: of,
      ids: packIds(wanted.map(({ id }) => id)),
      sizes: wanted.map(({ size }) => size),
    }),
  decode(encoded) {
    const { type, batch: number, kind: of, ids: packed, sizes } = asks.decode(encoded)
    const found = unpackIds(packed)
    sameCount(found, sizes)
    return { type, batch: number, kind: of, wanted: found.map((id, index) => ({ id, size: sizes[index] as number })) }
  },
}

export const answerCodec: Codec<ChunkAnswer> = codec('answer with chunks', answerSchema)

export const pushCodec: Codec<PushMessage> = {
  encode(message) {
    if (message.type === 'begin' || message.type === 'commit') {
      return pushes.encode({ type: message.type, blob: packBlob(message.blob) })
    }
    return pushes.encode({ ...message, ids: packIds(message.ids) })
  },
  decode(encoded) {
    const message = pushes.decode(encoded)
    if (message.type === 'begin' || message.type === 'commit') {
      return { type: message.type, blob: unpackBlob(message.blob) }
    }
    const ids = unpackIds(message.ids)
    if (message.type === 'chunks') sameCount(ids, message.lengths)
    return { ...message, ids }
  },
}

export const pushReplyCodec: Codec<PushReply> = codec('answer to a push', pushReplySchema)

export function refusal(code: string, why: string): Refusal {
  return { type: 'refused', code: code.slice(0, 64), why: safeText(why).slice(0, reasonLengthMax).toWellFormed() }
}

export function encodeHeader(purpose: StreamPurpose): Uint8Array {
  return headers.encode({ version: transferVersion, purpose })
}

export function decodeHeader(encoded: Uint8Array): StreamPurpose {
  const { version, purpose } = headers.decode(encoded)
  checkVersion(version)
  if (purpose === 'fetch' || purpose === 'push') return purpose
  throw new ProtocolError(
    'wrong-shape',
    `a stream of chunks is opened for ${JSON.stringify(purpose)}, which is unknown`,
  )
}

export function encodeStandingQuestion(): Uint8Array {
  return questions.encode({ version: transferVersion, question: 'standing' })
}

export function decodeStandingQuestion(encoded: Uint8Array): void {
  const { version, question } = questions.decode(encoded)
  checkVersion(version)
  if (question === 'standing') return
  throw new ProtocolError('wrong-shape', `a store is asked for ${JSON.stringify(question)}, which is unknown`)
}

export function encodeStanding(standing: Standing): Uint8Array {
  return standings.encode({ version: transferVersion, ...standing })
}

export function decodeStanding(encoded: Uint8Array): Standing {
  const { version, freeBytes, isUntrusted } = standings.decode(encoded)
  checkVersion(version)
  return { freeBytes, isUntrusted }
}

function codec<Message>(name: string, schema: Schema<Message>): Codec<Message> {
  return createCodec({ name, schema, limits: { bytesMax: controlBytesMax } })
}

function checkVersion(version: number): void {
  if (version === transferVersion) return
  throw new FlotillaError(
    'wrong-version',
    `a node moves chunks by version ${version} of the protocol, this one by version ${transferVersion}`,
    { hint: 'let all nodes run the same release' },
  )
}

function packBlob({ id, size, depth, root }: IdentifiedBlob) {
  return { id: packIds([id as string as ChunkId]), size, depth, root: packIds([root]) }
}

function unpackBlob(packed: {
  readonly id: Uint8Array
  readonly size: number
  readonly depth: number
  readonly root: Uint8Array
}): IdentifiedBlob {
  const [id, root] = [packed.id, packed.root].map(oneId)
  return { id: id as string as BlobId, size: packed.size, depth: packed.depth, root: root as ChunkId }
}

function oneId(packed: Uint8Array): ChunkId {
  const [id] = unpackIds(packed)
  if (id === undefined || packed.length !== idBytesLength)
    throw new ProtocolError('malformed', 'an id of a blob is cut off')
  return id
}

function sameCount(found: readonly ChunkId[], numbers: readonly number[]): void {
  if (found.length === numbers.length) return
  throw new ProtocolError('malformed', `${found.length} chunks are named with the sizes of ${numbers.length}`)
}
