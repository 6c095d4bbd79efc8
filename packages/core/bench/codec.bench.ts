import { array, bytes, createCodec, integer, object, string, union, type Codec } from '@flotilla/core/codec'
import { Prng } from '@flotilla/core/random'
import type { Bench, Curve, Figure, Running } from '@flotilla/core/testing'
import { isNativeAccelerationEnabled, Packr } from 'msgpackr'
import { withVersion } from './installed-version.ts'
import { each } from './operation.ts'

type Message =
  | { readonly type: 'heartbeat'; readonly term: number; readonly leader: string; readonly committed: number }
  | { readonly type: 'commands'; readonly term: number; readonly entries: readonly Entry<string>[] }
  | { readonly type: 'append'; readonly term: number; readonly entries: readonly Entry<Uint8Array>[] }

interface Entry<Payload> {
  readonly index: number
  readonly term: number
  readonly payload: Payload
}

interface Coding {
  readonly encode: (message: Message) => Uint8Array
  readonly decode: (encoded: Uint8Array) => unknown
}

interface Rival {
  readonly name: string
  readonly settings: string
  readonly make: () => Coding
}

const text = string({ bytesMax: 1_000 })
const countMax = 10_000

function ours(): Codec<Message> {
  const schema = union({
    heartbeat: object({ term: integer(), leader: text, committed: integer() }),
    commands: object({
      term: integer(),
      entries: array(object({ index: integer(), term: integer(), payload: text }), { countMax }),
    }),
    append: object({
      term: integer(),
      entries: array(object({ index: integer(), term: integer(), payload: bytes({ bytesMax: 1_000 }) }), { countMax }),
    }),
  })
  return createCodec<Message>({ name: 'message of a bench', schema, byteStrings: 'shared' })
}

const json: Rival = {
  name: `JSON of Node ${process.versions.node}`,
  settings: 'JSON.stringify and JSON.parse, to and from UTF-8 bytes; nothing is checked',
  make: () => ({
    encode: (message) => Buffer.from(JSON.stringify(message)),
    decode: (encoded) => JSON.parse((encoded as Buffer).toString()) as unknown,
  }),
}

const addon = `native addon ${isNativeAccelerationEnabled ? 'on' : 'off'}`

const plainPackr: Rival = {
  name: `${withVersion('msgpackr')}, plain`,
  settings: `useRecords: false, so objects travel as maps, as ours do; ${addon}; nothing is checked`,
  make: () => packr(new Packr({ useRecords: false })),
}

const sharingPackr: Rival = {
  name: `${withVersion('msgpackr')}, shared structures`,
  settings: `structures: [], so both sides know the field names, which do not travel; ${addon}; nothing is checked`,
  make: () => packr(new Packr({ structures: [] })),
}

function packr(packer: Packr): Coding {
  return { encode: (message) => packer.pack(message), decode: (encoded) => packer.unpack(encoded) as unknown }
}

const heartbeat: Message = { type: 'heartbeat', term: 17, leader: 'node-7f3a9c52e1', committed: 1_234_567 }

function commands(count: number): Message {
  return { type: 'commands', term: 17, entries: entries(count, (index) => `set user/${index}/name to somebody`) }
}

function append(count: number): Message {
  const random = new Prng(1)
  return { type: 'append', term: 17, entries: entries(count, () => random.bytes(64)) }
}

function entries<Payload>(count: number, payload: (index: number) => Payload): readonly Entry<Payload>[] {
  return Array.from({ length: count }, (_, offset) => {
    const index = 1_000_000 + offset
    return { index, term: 17, payload: payload(index) }
  })
}

function encoding({ encode }: Coding, message: Message): Running {
  return { ...each(() => encode(message)), bytes: encode(message).length }
}

function decoding({ encode, decode }: Coding, message: Message): Running {
  // A copy, because an encoder may hand out a part of what it writes into.
  const encoded = Buffer.from(encode(message))
  return { ...each(() => decode(encoded)), bytes: encoded.length }
}

function figures(what: string, message: Message, rivals: readonly Rival[]): readonly Figure[] {
  const figure = (verb: string, work: typeof encoding): Figure => ({
    metric: `${verb} ${what}`,
    unit: 'messages',
    ours: () => work(ours(), message),
    peers: rivals.map(({ name, settings, make }) => ({ name, settings, start: () => work(make(), message) })),
  })
  return [figure('encode', encoding), figure('decode', decoding)]
}

const curves: readonly Curve[] = [
  { metric: 'encode a message', items: 'entries', start: (count) => encoding(ours(), append(count)) },
  { metric: 'decode a message', items: 'entries', start: (count) => decoding(ours(), append(count)) },
]

export const bench: Bench = {
  name: 'codec',
  summary:
    'Messages to bytes and back. Ours checks all of it against a schema, the peers nothing; all decode bytes as views.',
  figures: [
    ...figures('a heartbeat', heartbeat, [json, plainPackr, sharingPackr]),
    ...figures('50 entries of text', commands(50), [json, plainPackr, sharingPackr]),
    ...figures('50 entries of 64 B', append(50), [plainPackr, sharingPackr]),
  ],
  curves,
}
