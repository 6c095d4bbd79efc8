import type { Metrics } from '@flotilla/core/observe'

export type AcquireOutcome = 'granted' | 'busy' | 'timeout' | 'cancelled' | 'deadlock' | 'session-expired' | 'failed'

/** What a client measures. */
export interface Instruments {
  acquired(mode: string, outcome: AcquireOutcome): void
  waited(mode: string, seconds: number): void
  deadlock(): void
  timeout(): void
  expired(): void
  requests(now: number): void
}

/** Twice as long each: from one millisecond to about two minutes. */
const waitBuckets: readonly number[] = Array.from({ length: 18 }, (_, doubling) => 2 ** doubling / 1_000)

export function instruments(metrics: Metrics): Instruments {
  const counter = (name: string, help: string) => metrics.counter({ name, help, labelNames: [] })
  const acquisitions = metrics.counter({
    name: 'flotilla_locks_acquisitions_total',
    help: 'Requests for locks, permits and leaderships, by mode and by what became of them.',
    labelNames: ['mode', 'outcome'],
  })
  const waits = metrics.counter({
    name: 'flotilla_locks_waits_total',
    help: 'Requests that had to wait for somebody, by mode.',
    labelNames: ['mode'],
  })
  const waitSeconds = metrics.histogram({
    name: 'flotilla_locks_wait_seconds',
    help: 'How long those that had to wait waited, by mode, whatever became of them.',
    labelNames: ['mode'],
    buckets: [...waitBuckets],
  })
  const deadlocks = counter('flotilla_locks_deadlocks_total', 'Requests of this client that gave way in a deadlock.')
  const timeouts = counter('flotilla_locks_timeouts_total', 'Requests that were not granted within their time.')
  const expiries = counter('flotilla_locks_session_expiries_total', 'Sessions of this client that were lost.')
  const holding = metrics.gauge({
    name: 'flotilla_locks_requests',
    help: 'Requests of this client that are held or wait now.',
    labelNames: [],
  })
  return {
    acquired: (mode, outcome) => acquisitions.inc({ mode, outcome }),
    waited(mode, seconds) {
      waits.inc({ mode })
      waitSeconds.observe({ mode }, seconds)
    },
    deadlock: () => deadlocks.inc({}),
    timeout: () => timeouts.inc({}),
    expired: () => expiries.inc({}),
    requests: (now) => holding.set({}, now),
  }
}
