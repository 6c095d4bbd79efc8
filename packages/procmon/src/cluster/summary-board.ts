import type { NodeId } from '@flotilla/core/ids'
import { after, type Millis } from '@flotilla/core/time'
import type { Alert, NodeSummary, SummaryFigures } from '../contract.ts'
import { summaryNames, type SummaryName } from './summary.ts'
import type { SummaryMessage } from './summary-feed.ts'

export interface BoardLimits {
  readonly nodesMax: number
  readonly staleAfterMs: number
  readonly forgetAfterMs: number
}

/**
 * - `news`: it is on the board now.
 * - `old`: it was there already, or something newer.
 * - `gap`: something before it has not come, so the whole must be asked for.
 * - `full`: there is no room for another node.
 */
export type Taken = 'news' | 'old' | 'gap' | 'full'

/** What is known of every node, as each has told. At most `nodesMax`, each with a fixed set of numbers. */
export class SummaryBoard {
  readonly #limits: BoardLimits
  readonly #entries = new Map<NodeId, Entry>()

  constructor(limits: BoardLimits) {
    this.#limits = limits
  }

  take(node: NodeId, message: SummaryMessage, now: Millis): Taken {
    const known = this.#entries.get(node)
    if (known === undefined && this.#entries.size >= this.#limits.nodesMax) return 'full'
    const isSameLife = known?.life === message.life
    if (isSameLife && message.seq <= known.seq) return 'old'
    const { life, seq, wallMs } = message
    if (message.type === 'full') {
      const { figures, alerts } = message
      this.#entries.set(node, { life, seq, wallMs, figures, alerts, receivedAt: now })
      return 'news'
    }
    if (!isSameLife || message.seq !== known.seq + 1) return 'gap'
    const figures = changedBy(known.figures, message)
    this.#entries.set(node, { life, seq, wallMs, figures, alerts: message.alerts ?? known.alerts, receivedAt: now })
    return 'news'
  }

  /** Forgets whoever is away for good; those that are still connected are only stale. */
  expire(now: Millis, connected: ReadonlySet<NodeId>): void {
    for (const [node, { receivedAt }] of this.#entries) {
      if (!connected.has(node) && after(receivedAt, this.#limits.forgetAfterMs) <= now) this.#entries.delete(node)
    }
  }

  summaries(now: Millis, self: NodeId): readonly NodeSummary[] {
    return [...this.#entries].map(([node, { wallMs, receivedAt, figures, alerts }]) => ({
      node,
      isSelf: node === self,
      wallMs,
      receivedAtMs: receivedAt,
      isStale: after(receivedAt, this.#limits.staleAfterMs) <= now,
      figures,
      alertsRaised: alerts.length,
    }))
  }

  alerts(): readonly (Alert & { readonly node: NodeId })[] {
    return [...this.#entries].flatMap(([node, { alerts }]) => alerts.map((alert) => ({ ...alert, node })))
  }
}

interface Entry {
  readonly life: string
  readonly seq: number
  readonly wallMs: number
  readonly figures: SummaryFigures
  readonly alerts: readonly Alert[]
  readonly receivedAt: Millis
}

function changedBy(
  before: SummaryFigures,
  { changed, gone }: { readonly changed: SummaryFigures; readonly gone: readonly string[] },
): SummaryFigures {
  const figures: { [Name in SummaryName]?: number } = {}
  for (const name of summaryNames) {
    const value = changed[name] ?? (gone.includes(name) ? undefined : before[name])
    if (value !== undefined) figures[name] = value
  }
  return figures
}
