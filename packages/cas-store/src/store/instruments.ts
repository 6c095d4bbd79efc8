import type { Metrics } from '@flotilla/core/observe'

/** What a store measures. */
export interface Instruments {
  put(bytes: number, bytesKnown: number, bytesStored: number, blobs?: number): void
  read(bytes: number): void
  collected(chunks: number, bytesFreed: number): void
  scrubbed(bytes: number, damaged: number): void
  checkFound(damaged: number, missing: number, mended: number): void
  readers(now: number): void
}

export function instruments(metrics: Metrics): Instruments {
  const counter = (name: string, help: string) => metrics.counter({ name, help, labelNames: [] })
  const puts = counter('flotilla_cas_puts_total', 'Blobs that were put, those that were here already among them.')
  const putBytes = metrics.counter({
    name: 'flotilla_cas_put_bytes_total',
    help: 'Bytes of content that were put: new ones, and those that were here already.',
    labelNames: ['state'],
  })
  const storedBytes = counter('flotilla_cas_stored_bytes_total', 'Bytes that puts wrote to packs.')
  const readBytes = counter('flotilla_cas_read_bytes_total', 'Bytes of content that were read.')
  const collected = counter('flotilla_cas_collected_chunks_total', 'Chunks that collections forgot.')
  const freed = counter('flotilla_cas_freed_bytes_total', 'Bytes that collections gave back to the disk.')
  const scrubbed = counter('flotilla_cas_scrubbed_bytes_total', 'Bytes that scrubs and checks read again.')
  const damaged = counter('flotilla_cas_damaged_total', 'Places that did not hold what was written there.')
  const missing = counter('flotilla_cas_missing_total', 'Chunks that checks missed.')
  const mended = counter('flotilla_cas_mended_total', 'Chunks that checks got again from elsewhere.')
  const readers = metrics.gauge({
    name: 'flotilla_cas_readers',
    help: 'Blobs that are being read now.',
    labelNames: [],
  })
  return {
    put(bytes, bytesKnown, bytesStored, blobs = 1) {
      puts.inc({}, blobs)
      putBytes.inc({ state: 'new' }, bytes - bytesKnown)
      putBytes.inc({ state: 'known' }, bytesKnown)
      storedBytes.inc({}, bytesStored)
    },
    read: (bytes) => readBytes.inc({}, bytes),
    collected(chunks, bytesFreed) {
      collected.inc({}, chunks)
      freed.inc({}, bytesFreed)
    },
    scrubbed(bytes, hurt) {
      scrubbed.inc({}, bytes)
      damaged.inc({}, hurt)
    },
    checkFound(hurt, lost, healed) {
      damaged.inc({}, hurt)
      missing.inc({}, lost)
      mended.inc({}, healed)
    },
    readers: (now) => readers.set({}, now),
  }
}
