import type { Counter, Gauge, Histogram, Metrics } from '@flotilla/core/observe'

/** What a node measures, all its groups together: names of groups are no small set. */
export interface RaftInstruments {
  readonly proposals: Counter
  readonly applied: Counter
  readonly reads: Counter
  readonly leaderChanges: Counter
  readonly elections: Counter
  readonly snapshots: Counter<'direction'>
  readonly refusals: Counter<'why'>
  readonly malformed: Counter
  readonly groups: Gauge<'role'>
  readonly logBytes: Gauge
  readonly writeSeconds: Histogram
  readonly commitSeconds: Histogram
}

const seconds = [0.000_25, 0.000_5, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1, 2, 4]

export function declareInstruments(metrics: Metrics): RaftInstruments {
  const named = (name: string, help: string): { name: string; help: string; labelNames: [] } => ({
    name: `flotilla_raft_${name}`,
    help,
    labelNames: [],
  })
  return {
    proposals: metrics.counter(named('proposals_total', 'Commands that leaders here were asked to have decided.')),
    applied: metrics.counter(named('applied_total', 'Decided entries that were applied here.')),
    reads: metrics.counter(named('reads_total', 'Linearizable reads that were asked of this node.')),
    leaderChanges: metrics.counter(named('leader_changes_total', 'How often a group here saw a new leader.')),
    elections: metrics.counter(named('elections_total', 'How often a group here stood for election.')),
    snapshots: metrics.counter({
      name: 'flotilla_raft_snapshots_total',
      help: 'Snapshots that were made, brought to others, or taken from others.',
      labelNames: ['direction'],
    }),
    refusals: metrics.counter({
      name: 'flotilla_raft_refusals_total',
      help: 'Calls that were not served here, by why.',
      labelNames: ['why'],
    }),
    malformed: metrics.counter(named('malformed_total', 'Notices and streams that were malformed, and ignored.')),
    groups: metrics.gauge({
      name: 'flotilla_raft_groups',
      help: 'Groups open here, by the part that this node has in them.',
      labelNames: ['role'],
    }),
    logBytes: metrics.gauge(named('log_bytes', 'Bytes of the log on disk, with what is kept ready.')),
    writeSeconds: metrics.histogram({
      ...named('write_seconds', 'How long it took until a write was durable.'),
      buckets: seconds,
    }),
    commitSeconds: metrics.histogram({
      ...named(
        'commit_seconds',
        'How long it took on the leader from proposing what came in one turn until it was applied.',
      ),
      buckets: seconds,
    }),
  }
}
