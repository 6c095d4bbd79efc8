import type { CheckFinding, CheckReport, CollectionReport, ReplicatedStore } from '@flotilla/cas-store'
import { FlotillaError } from '@flotilla/core/errors'
import { after, type Clock } from '@flotilla/core/time'
import { eventBeats } from '../http/event-beats.ts'
import type { EventStream } from '../http/event-stream.ts'
import { nodeLimitsDefaults } from '../limits.ts'
import type { BlobEvent, BlobFindingEntry, KeyRotated } from './blob-answers.ts'
import type { OpenBlobs } from './blob-store.ts'
import { progressTeller } from './progress-teller.ts'

/** One piece of work, with who wants to hear of it and for how long it is wanted. */
export interface WorkCall<Done> {
  readonly blobs: OpenBlobs
  readonly events: EventStream<BlobEvent<Done>>
  readonly signal: AbortSignal
}

type Work = 'gc' | 'fsck' | 'rotate-key' | 'rebuild'

/** What an operator has done with blobs and what takes long; each of it once at a time. */
export class BlobWork {
  readonly #clock: Clock
  readonly #running = new Set<Work>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  collect(call: WorkCall<CollectionReport>): Promise<void> {
    const { blobs, events, signal } = call
    const onProgress = progressTeller(this.#clock, events)
    return this.#alone('gc', call, () => blobs.local.collectGarbage({ signal, onProgress }))
  }

  /** Brings a blob here for good. Whoever stops listening stops it; what has come stays for the next attempt. */
  keep(ref: string, call: WorkCall<{ readonly kept: boolean }>): Promise<void> {
    const { blobs, events, signal } = call
    const onProgress = progressTeller(this.#clock, events)
    return this.#told(call, async () => {
      await replicatedIn(blobs).keep(ref, { signal, onProgress })
      return { kept: true }
    })
  }

  check(rate: number | undefined, call: WorkCall<CheckReport>): Promise<void> {
    const { blobs, events, signal } = call
    let told = 0
    return this.#alone('fsck', call, () =>
      blobs.checked.check({
        signal,
        ...(rate === undefined ? {} : { bytesPerSecond: rate }),
        onProgress: progressTeller(this.#clock, events),
        onFinding(finding) {
          if (told++ < nodeLimitsDefaults.blobFindingsToldMax) {
            events.send({ event: 'finding', finding: findingEntry(finding) })
          }
        },
      }),
    )
  }

  /** New content is sealed with the new key at once. Whoever stops listening stops nothing but the telling. */
  rotateKey(call: WorkCall<KeyRotated>): Promise<void> {
    const { blobs, events, signal } = call
    return this.#alone('rotate-key', call, async () => {
      const keyEpoch = await blobs.local.rotateKey({ signal })
      const tell = progressTeller(this.#clock, events)
      for (;;) {
        const { chunksWithOlderKeys, chunks } = await blobs.local.stats({ signal })
        if (chunksWithOlderKeys === 0) return { keyEpoch, chunks }
        tell({ chunksLeft: chunksWithOlderKeys, chunks })
        await this.#pause(nodeLimitsDefaults.blobResealLookedAtEveryMs, signal)
      }
    })
  }

  /** Where there are no blobs that could be asked for anything. */
  rebuild<Done>(
    call: Omit<WorkCall<Done>, 'blobs'>,
    run: (onProgress: (progress: object) => void) => Promise<Done>,
  ): Promise<void> {
    return this.#alone('rebuild', call, () => run(progressTeller(this.#clock, call.events)))
  }

  async #alone<Done>(work: Work, call: Pick<WorkCall<Done>, 'events'>, run: () => Promise<Done>): Promise<void> {
    if (this.#running.has(work)) {
      throw new FlotillaError('busy', `somebody else has this done already (${work})`, { hint: 'wait for its end' })
    }
    this.#running.add(work)
    try {
      await this.#told(call, run)
    } finally {
      this.#running.delete(work)
    }
  }

  async #told<Done>({ events }: Pick<WorkCall<Done>, 'events'>, run: () => Promise<Done>): Promise<void> {
    using _beats = eventBeats(this.#clock, events)
    const event: BlobEvent<Done> = { event: 'done', done: await run() }
    events.send(event)
  }

  #pause(durationMs: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const timer = this.#clock.wakeAt(after(this.#clock.now(), durationMs), resolve)
    const abort = (): void => reject(signal.reason as Error)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    return promise.finally(() => {
      timer[Symbol.dispose]()
      signal.removeEventListener('abort', abort)
    })
  }
}

/** The store of all nodes; refused where this one is alone, or cannot read what it keeps. */
export function replicatedIn({ replicated, unreadable }: OpenBlobs): ReplicatedStore {
  if (unreadable !== undefined) throw unreadable
  if (replicated !== undefined) return replicated
  throw new FlotillaError('not-in-cluster', 'this node keeps its blobs alone, so all of them are here anyway', {
    hint: 'pin a blob to have it not be deleted; join a cluster to share copies with other nodes',
  })
}

function findingEntry(finding: CheckFinding): BlobFindingEntry {
  const { type, isMended: mended } = finding
  if (finding.type === 'chunk-missing') {
    return { type, mended, what: `chunk ${finding.id}`, why: blobsWords(finding.blobs) }
  }
  if (finding.type === 'catalogue-damaged') {
    const { table, row, why } = finding.damage
    return { type, mended, what: `${table} ${row}`, why }
  }
  const { id, pack, place, why } = finding.damage
  const where = place === undefined ? `pack ${pack}` : `pack ${pack} at ${place.position}`
  return { type, mended, what: id === undefined ? where : `chunk ${id} in ${where}`, why }
}

function blobsWords(blobs: readonly string[]): string {
  return blobs.length === 0 ? 'wanted by nothing that is known' : `wanted by ${blobs.join(', ')}`
}
