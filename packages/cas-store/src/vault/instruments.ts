import type { Metrics } from '@flotilla/core/observe'

/** What the vault counts. */
export interface VaultInstruments {
  /** Chunks that were added and were here already. */
  known(chunks: number): void
  stored(chunks: number, bytes: number): void
  read(chunks: number, bytes: number): void
  damaged(why: string): void
  forgotten(chunks: number): void
  packsRemoved(packs: number): void
}

export function vaultInstruments(metrics: Metrics): VaultInstruments {
  const added = metrics.counter({
    name: 'flotilla_cas_chunks_added_total',
    help: 'Chunks that were added, by whether they were here already.',
    labelNames: ['known'],
  })
  const written = metrics.counter({
    name: 'flotilla_cas_pack_written_bytes_total',
    help: 'Bytes of records that were given to packs.',
    labelNames: [],
  })
  const chunksRead = metrics.counter({
    name: 'flotilla_cas_chunks_read_total',
    help: 'Chunks that were read and found to be what they ought to be.',
    labelNames: [],
  })
  const bytesRead = metrics.counter({
    name: 'flotilla_cas_pack_read_bytes_total',
    help: 'Bytes of packs that were read.',
    labelNames: [],
  })
  const damaged = metrics.counter({
    name: 'flotilla_cas_chunks_damaged_total',
    help: 'Chunks that could not be read, by what was wrong.',
    labelNames: ['why'],
  })
  const forgotten = metrics.counter({
    name: 'flotilla_cas_chunks_forgotten_total',
    help: 'Chunks that nobody needed any more.',
    labelNames: [],
  })
  const removed = metrics.counter({
    name: 'flotilla_cas_packs_removed_total',
    help: 'Packs that were given back to the disk.',
    labelNames: [],
  })
  return {
    known: (chunks) => added.inc({ known: 'yes' }, chunks),
    stored: (chunks, bytes) => {
      added.inc({ known: 'no' }, chunks)
      written.inc({}, bytes)
    },
    read: (chunks, bytes) => {
      chunksRead.inc({}, chunks)
      bytesRead.inc({}, bytes)
    },
    damaged: (why) => damaged.inc({ why }),
    forgotten: (chunks) => forgotten.inc({}, chunks),
    packsRemoved: (packs) => removed.inc({}, packs),
  }
}
