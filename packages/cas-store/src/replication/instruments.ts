import type { Counter, Gauge, Metrics } from '@flotilla/core/observe'

/** What replication measures. */
export interface ReplicationInstruments {
  readonly statementsTaken: Counter
  readonly statementsRefused: Counter<'why'>
  readonly repairs: Counter<'kind' | 'outcome'>
  readonly blobsShort: Gauge
  readonly blobsOutOfReach: Gauge
  readonly copiesSpare: Gauge
}

export function replicationInstruments(metrics: Metrics): ReplicationInstruments {
  return {
    statementsTaken: metrics.counter({
      name: 'flotilla_blob_statements_taken_total',
      help: 'Statements of other nodes about blobs and names that were newer than what was known.',
      labelNames: [],
    }),
    statementsRefused: metrics.counter({
      name: 'flotilla_blob_statements_refused_total',
      help: 'Statements of other nodes that were not taken.',
      labelNames: ['why'],
    }),
    repairs: metrics.counter({
      name: 'flotilla_blob_repairs_total',
      help: 'Copies that this node brought to where they ought to be, or gave up.',
      labelNames: ['kind', 'outcome'],
    }),
    blobsShort: metrics.gauge({
      name: 'flotilla_blob_blobs_short',
      help: 'Blobs with fewer living copies than they ought to have.',
      labelNames: [],
    }),
    blobsOutOfReach: metrics.gauge({
      name: 'flotilla_blob_blobs_out_of_reach',
      help: 'Blobs of which no living node has a copy.',
      labelNames: [],
    }),
    copiesSpare: metrics.gauge({
      name: 'flotilla_blob_copies_spare',
      help: 'Copies in more places than needed.',
      labelNames: [],
    }),
  }
}
