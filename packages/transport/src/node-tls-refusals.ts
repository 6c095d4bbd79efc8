import { silentMetrics, type Counter, type Metrics } from '@flotilla/core/observe'

/** Why a connection did not become a link. */
const tlsRefusals = [
  /** It showed none, though only members speak that protocol. */
  'no-certificate',
  /** Its certificate is not of the one form that this cluster's authority issues. */
  'malformed-certificate',
  /** Another authority's certificate, or one that claims ours and is not signed by it. */
  'foreign-authority',
  'expired',
  'not-yet-valid',
  /** The id in the certificate is not the one of its key. */
  'wrong-id',
  /** The admission said no: it is revoked, banned, or not wanted. */
  'not-admitted',
  /** No TLS 1.3, no protocol that we speak, or no TLS at all. */
  'tls-error',
  /** The far end closed before the handshake was over. */
  'hung-up',
  /** The far end refused us. */
  'refused-by-peer',
  /** A limit of ours was reached. */
  'limit',
  'timeout',
] as const

export type TlsRefusal = (typeof tlsRefusals)[number]

/** Counts refusals by why. */
export class RefusalCounts {
  readonly #counts = new Map<TlsRefusal, number>()
  readonly #metric: Counter<'why'>

  constructor(metrics: Metrics = silentMetrics) {
    this.#metric = metrics.counter({
      name: 'flotilla_transport_tls_refusals_total',
      help: 'Connections that did not become links, by why.',
      labelNames: ['why'],
    })
  }

  add(why: TlsRefusal): void {
    this.#counts.set(why, (this.#counts.get(why) ?? 0) + 1)
    this.#metric.inc({ why })
  }

  /** All of them, those that never happened with 0. */
  snapshot(): Readonly<Record<TlsRefusal, number>> {
    const entries = tlsRefusals.map((why) => [why, this.#counts.get(why) ?? 0] as const)
    return Object.fromEntries(entries) as Record<TlsRefusal, number>
  }
}

/** Somebody is not taken as a peer. The message is meant for both sides. */
export class PeerRefused extends Error {
  override readonly name = 'PeerRefused'
  readonly why: TlsRefusal

  constructor(why: TlsRefusal, sentence: string, cause?: Error) {
    super(sentence, cause === undefined ? undefined : { cause })
    this.why = why
  }
}

/** What `check` gives, or the refusal that it throws. */
export function orRefused<Result>(check: () => Result): Result | PeerRefused {
  try {
    return check()
  } catch (error) {
    if (error instanceof PeerRefused) return error
    throw error
  }
}
