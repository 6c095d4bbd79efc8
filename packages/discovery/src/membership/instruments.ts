import type { Metrics } from '@flotilla/core/observe'
import type { MembershipEvent } from '../member.ts'

/** What membership measures. */
export interface Instruments {
  sent(way: 'datagram' | 'connection', bytes: number): void
  refused(why: string): void
  event(type: MembershipEvent['type']): void
  figures(now: {
    readonly gossip: number
    readonly probes: number
    readonly stretch: number
    readonly known: number
    readonly degraded: boolean
  }): void
}

export function instruments(metrics: Metrics): Instruments {
  const messages = metrics.counter({
    name: 'flotilla_membership_sent_total',
    help: 'Messages of membership that were sent, by way.',
    labelNames: ['way'],
  })
  const bytesSent = metrics.counter({
    name: 'flotilla_membership_sent_bytes_total',
    help: 'Bytes of membership messages that were sent, by way.',
    labelNames: ['way'],
  })
  const refusals = metrics.counter({
    name: 'flotilla_membership_refused_total',
    help: 'What came in and was not believed, by why.',
    labelNames: ['why'],
  })
  const events = metrics.counter({
    name: 'flotilla_membership_events_total',
    help: 'Changes of members, by type.',
    labelNames: ['type'],
  })
  const gauge = (name: string, help: string) => metrics.gauge({ name, help, labelNames: [] })
  const waiting = gauge('flotilla_membership_gossip_items', 'Pieces of gossip that are still told.')
  const underWay = gauge('flotilla_membership_probes', 'Probes under way.')
  const distrust = gauge('flotilla_membership_stretch', 'By how much timeouts are stretched; 1 when all is well.')
  const members = gauge('flotilla_membership_members', 'Members known, dead ones included.')
  const minority = gauge('flotilla_membership_degraded', '1 while less than a majority is seen.')
  return {
    sent(way, bytes) {
      messages.inc({ way })
      bytesSent.inc({ way }, bytes)
    },
    refused: (why) => refusals.inc({ why }),
    event: (type) => events.inc({ type }),
    figures({ gossip, probes, stretch, known, degraded }) {
      waiting.set({}, gossip)
      underWay.set({}, probes)
      distrust.set({}, stretch)
      members.set({}, known)
      minority.set({}, degraded ? 1 : 0)
    },
  }
}
