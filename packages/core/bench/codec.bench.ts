import { array, bytes, createCodec, integer, object, string, union, type Codec } from '@flotilla/core/codec'
import { Prng } from '@flotilla/core/random'
import type { Bench, Figure, Peer } from '@flotilla/core/testing'
import { Packr } from 'msgpackr'
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

const countMax = 10_000
const text = string({ bytesMax: 1_000 })

function messageCodec(): Codec<Message> {
  return createCodec({
    name: 'message of a bench',
    schema: union({
      heartbeat: object({ term: integer(), leader: text, committed: integer() }),
      commands: object({
        term: integer(),
        entries: array(object({ index: integer(), term: integer(), payload: text }), { countMax }),
      }),
      append: object({
        term: integer(),
        entries: array(object({ index: integer(), term: integer(), payload: bytes({ bytesMax: 1_000 }) }), { countMax }),
      }),
    }),
    // As msgpackr does it.
    byteStrings: 'shared',
  })
}

function heartbeat(): Message {
  return { type: 'heartbeat', term: 17, leader: 'node-7f3a9c52e1', committed: 1_234_567 }
}

function commands(): Message {
  return { type: 'commands', term: 17, entries: entries(50, (index) => `set user/${index}/name to somebody ${index}`) }
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

/** What another can do: `decode` as it comes, with nothing checked. */
interface Rival {
  readonly name: string
  readonly settings: string
  readonly make: () => { readonly encode: (message: Message) => Uint8Array; readonly decode: (bytes: Uint8Array) => unknown }
}

const json: Rival = {
  name: `JSON of Node ${process.versions.node}`,
  settings: 'JSON.stringify and JSON.parse, to and from UTF-8 bytes; nothing is checked',
  make: () => ({
    encode: (message) => Buffer.from(JSON.stringify(message)),
    decode: (encoded) => JSON.parse((encoded as Buffer).toString()) as unknown,
  }),
}

const plainPackr: Rival = {
  name: `${withVersion('msgpackr')}, plain`,
  settings: 'useRecords: false, so objects are maps as ours are; native addon if it is there; nothing is checked',
  make: () => packr(new Packr({ useRecords: false })),
}

const sharingPackr: Rival = {
  name: `${withVersion('msgpackr')}, shared structures`,
  settings: 'structures: [], known to both sides, so field names do not travel; nothing is checked',
  make: () => packr(new Packr({ structures: [] })),
}

function packr(packer: Packr): ReturnType<Rival['make']> {
  return {
    encode: (message) => packer.pack(message),
    decode: (encoded) => packer.unpack(encoded) as unknown,
  }
}

function both(what: string, message: Message, rivals: readonly Rival[]): readonly Figure[] {
  const encoding = ({ encode }: ReturnType<Rival['make']>): ReturnType<Peer['start']> => each(() => encode(message))
  const decoding = ({ encode, decode }: ReturnType<Rival['make']>): ReturnType<Peer['start']> => {
    const encoded = encode(message)
    return each(() => decode(encoded))
  }
  return []
}

export const bench: Bench = {
  name: 'codec',
  summary: '',
  figures: [],
}
