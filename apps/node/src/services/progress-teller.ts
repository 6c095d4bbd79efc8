import type { Clock, Millis } from '@flotilla/core/time'
import type { EventStream } from '../http/event-stream.ts'
import { nodeLimitsDefaults } from '../limits.ts'

/** Tells how far something has come, but not more often than anybody can look. */
export function progressTeller(clock: Clock, events: EventStream): (progress: object) => void {
  let toldAt: Millis | undefined
  return (progress) => {
    const now = clock.now()
    if (toldAt !== undefined && now - toldAt < nodeLimitsDefaults.blobProgressEveryMs) return
    toldAt = now
    events.send({ event: 'progress', progress })
  }
}
