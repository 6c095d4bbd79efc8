/**
 * Time as a port. Protocol cores receive `now` as an argument; drivers own a `Clock`.
 *
 * `Millis` is a point on one node's monotonic clock: it never goes back and means nothing on another node. `WallMillis`
 * is the calendar's idea of now: it may jump, so it is for people, for certificates and for envelopes, never for
 * timeouts. `HybridTime` orders what happened on different nodes: cause before effect, and otherwise near to the
 * calendar.
 */
export { after, type Clock, type Millis, type WallMillis } from './clock.ts'
export { HybridClock, type HybridClockSettings } from './hybrid-clock.ts'
export {
  compareHybrid,
  decodeHybrid,
  encodeHybrid,
  formatHybrid,
  hybridBytesLength,
  hybridTime,
  parseHybrid,
  type HybridTime,
} from './hybrid-time.ts'
export { sleep, withTimeout } from './waiting.ts'
