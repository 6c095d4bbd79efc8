import { assert } from '@flotilla/core/errors'
import type { Broadcast, BroadcastFigures, Offence } from '../../src/broadcast/index.ts'
import { keyIdOf } from './quick-crypto.ts'

export interface Publication {
  /** Names it for ever: it stands at the beginning of the payload. */
  readonly name: string
  readonly origin: string
  /** Of the origin. */
  readonly life: number
  readonly atMs: number
  readonly payload: Uint8Array
}

export interface Delivery {
  readonly host: string
  readonly life: number
  readonly broadcast: Broadcast
}

export interface Life {
  readonly number: number
  readonly sinceMs: number
  readonly figures: () => BroadcastFigures
}

/** What really happened, as an observer of all correct hosts writes it down. */
export class Ledger {
  readonly publications: Publication[] = []
  readonly deliveries: Delivery[] = []
  readonly offences: { readonly by: string; readonly offence: Offence }[] = []
  /** The present life of each correct host, or its last one. */
  readonly lives: Map<string, Life> = new Map()
  readonly #namesByKey: ReadonlyMap<string, string>
  readonly #delivered = new Set<string>()

  constructor(names: readonly string[]) {
    this.#namesByKey = new Map(names.map((name) => [keyIdOf(name), name]))
  }

  nameOf(key: string): string {
    return this.#namesByKey.get(key) ?? key
  }

  deliver(delivery: Delivery): void {
    this.deliveries.push(delivery)
    this.#delivered.add(keyOf(delivery.host, delivery.life, publicationName(delivery.broadcast.payload)))
  }

  isDelivered(host: string, life: number, name: string): boolean {
    return this.#delivered.has(keyOf(host, life, name))
  }
}

/** The entry of a list that is known to have it. */
export function at<Entry>(entries: readonly Entry[], index: number): Entry {
  const entry = entries[index]
  assert(entry !== undefined, 'the list is as long as that')
  return entry
}

/** What the payload says before its first zero. */
export function publicationName(payload: Uint8Array): string {
  const end = payload.indexOf(0)
  return String.fromCharCode(...payload.subarray(0, end === -1 ? Math.min(payload.length, 64) : end))
}

export function payloadOf(name: string, bytes: number): Uint8Array {
  const payload = new Uint8Array(Math.max(bytes, name.length + 1))
  for (let index = 0; index < payload.length; index++) payload[index] = name.charCodeAt(index % name.length)
  payload[name.length] = 0
  return payload
}

function keyOf(host: string, life: number, name: string): string {
  return `${host} ${life} ${name}`
}
