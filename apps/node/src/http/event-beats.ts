import { after, type Clock } from '@flotilla/core/time'
import { nodeLimitsDefaults } from '../limits.ts'
import type { EventStream } from './event-stream.ts'

/** Says again and again that the node is still there, until disposed: so whoever reads notices when it is not. */
export function eventBeats(clock: Clock, events: Pick<EventStream<{ readonly event: 'beat' }>, 'send'>): Disposable {
  let timer: Disposable | undefined
  const later = (): void => {
    timer = clock.wakeAt(after(clock.now(), nodeLimitsDefaults.beatEveryMs), () => {
      events.send({ event: 'beat' })
      later()
    })
  }
  later()
  return { [Symbol.dispose]: () => timer?.[Symbol.dispose]() }
}
