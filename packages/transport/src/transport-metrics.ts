import type { Counter, Gauge, Metrics } from '@flotilla/core/observe'
import type { Ending } from './connection/connection.ts'

/** What has been counted of all connections so far, those that are gone included. */
export interface Totals {
  readonly messagesIn: number
  readonly messagesOut: number
  readonly bytesIn: number
  readonly bytesOut: number
}

export const noTotals: Totals = { messagesIn: 0, messagesOut: 0, bytesIn: 0, bytesOut: 0 }

export function sumOfTotals(all: Iterable<Totals>): Totals {
  const sum = { ...noTotals }
  for (const one of all) {
    sum.messagesIn += one.messagesIn
    sum.messagesOut += one.messagesOut
    sum.bytesIn += one.bytesIn
    sum.bytesOut += one.bytesOut
  }
  return sum
}

/** What the transport tells of itself. Nothing is broken down by peer: `figures` is for that. */
export class TransportMetrics {
  readonly #peers: Gauge<never>
  readonly #queuedBytes: Gauge<never>
  readonly #suspected: Gauge<never>
  readonly #opened: Counter<'dialled'>
  readonly #ended: Counter<'code'>
  readonly #refused: Counter<'why'>
  readonly #dialsFailed: Counter<'code'>
  readonly #messages: Counter<'direction'>
  readonly #bytes: Counter<'direction'>
  #told: Totals = noTotals

  constructor(metrics: Metrics) {
    const prefix = 'flotilla_transport'
    const gauge = (name: string, help: string): Gauge<never> =>
      metrics.gauge<never>({ name: `${prefix}_${name}`, help, labelNames: [] })
    const counter = <Label extends string>(name: string, help: string, label: Label): Counter<Label> =>
      metrics.counter<Label>({ name: `${prefix}_${name}_total`, help, labelNames: [label] })
    this.#peers = gauge('peers', 'Peers that are connected.')
    this.#queuedBytes = gauge('queued_bytes', 'Bytes that wait to be sent, for all peers together.')
    this.#suspected = gauge('suspected_peers', 'Connected peers that were not heard of for a while.')
    this.#opened = counter('connections', 'Connections taken into use, by who dialled.', 'dialled')
    this.#ended = counter('connection_ends', 'Connections that ended, by why.', 'code')
    this.#refused = counter('refusals', 'Links and greetings that were refused, by why.', 'why')
    this.#dialsFailed = counter('dial_failures', 'Dials that came to nothing, by why.', 'code')
    this.#messages = counter('messages', 'Frames that carried something for a protocol.', 'direction')
    this.#bytes = counter('bytes', 'Bytes on the wire, before encryption.', 'direction')
  }

  opened(dialledHere: boolean): void {
    this.#opened.inc({ dialled: dialledHere ? 'here' : 'there' })
  }

  ended(code: Ending['code']): void {
    this.#ended.inc({ code })
  }

  refused(why: string): void {
    this.#refused.inc({ why })
  }

  dialFailed(code: string): void {
    this.#dialsFailed.inc({ code })
  }

  /** Told now and then rather than with every message. */
  tell(state: { readonly peers: number; readonly queuedBytes: number; readonly suspected: number }, sum: Totals): void {
    this.#peers.set({}, state.peers)
    this.#queuedBytes.set({}, state.queuedBytes)
    this.#suspected.set({}, state.suspected)
    this.#messages.inc({ direction: 'in' }, sum.messagesIn - this.#told.messagesIn)
    this.#messages.inc({ direction: 'out' }, sum.messagesOut - this.#told.messagesOut)
    this.#bytes.inc({ direction: 'in' }, sum.bytesIn - this.#told.bytesIn)
    this.#bytes.inc({ direction: 'out' }, sum.bytesOut - this.#told.bytesOut)
    this.#told = sum
  }
}
