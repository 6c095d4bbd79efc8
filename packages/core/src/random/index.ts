/**
 * Randomness as a port. Where an outsider must not guess (keys, nonces, tokens), a driver draws from `Entropy`. Where a
 * core only needs variety (jitter, tie-breaks, sampling), it owns a `Prng` that its driver has seeded, so that the
 * simulator can replay it.
 */
export type { Entropy } from './entropy.ts'
export { Prng, type Seed } from './prng.ts'
