/**
 * Small machines that many packages use: pure, bounded, and the same on every run. Time comes in as `now`, chance as a
 * seeded `Prng`; none of them waits, logs or touches the outside. A wrong setting is a `FlotillaError` with the code
 * `wrong-setting` and a sentence that says what it may be.
 *
 * - Who is responsible for a key: `HashRing`, and `assignBounded` where nobody may have much more than the others.
 * - How much, how often: `TokenBucket` limits a rate, `Backoff` spaces retries.
 * - What to keep when there is too much: `BoundedQueue` (order of arrival), `Lru` (order of use), `Deduplicator` (what
 *   was seen lately).
 * - What is due next: `DeadlineHeap`.
 */
export { Backoff, backoffDefaults, backoffLimits, type BackoffSettings } from './backoff.ts'
export { assignBounded, boundedLoadLimits, type BoundedLoadSettings } from './bounded-load.ts'
export { BoundedQueue, boundedQueueLimits, type BoundedQueueSettings } from './bounded-queue.ts'
export { DeadlineHeap, deadlineHeapLimits, type Deadline, type DeadlineHeapSettings } from './deadline-heap.ts'
export { Deduplicator, deduplicatorLimits, type DeduplicatorSettings } from './deduplicator.ts'
export { HashRing, hashRingLimits, type HashRingSettings, type PlacedMember, type RingMember } from './hash-ring.ts'
export { Lru, lruLimits, type LruSettings } from './lru.ts'
export { wholeSetting } from './setting.ts'
export { textHash } from './text-hash.ts'
export { TokenBucket, tokenBucketLimits, type TokenBucketSettings } from './token-bucket.ts'
export { wholeSettings, type Ranges } from './whole-settings.ts'
