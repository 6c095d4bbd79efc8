/**
 * Signed envelopes, for whatever outlives a connection or is relayed by others: beacons, gossip, jobs, bids, votes.
 *
 * `sealEnvelope` makes the bytes; an `EnvelopeGate` opens each of them at most once, if its sender has signed it and
 * did so about now. The sender's public key travels in the envelope and the sender's id is derived from it, so nobody
 * can seal for another and no table of keys is needed. Whether the sender is one of us is another question: see
 * `accepts`.
 */
export type { Envelope, EnvelopeRefusal } from './envelope.ts'
export { EnvelopeGate, type EnvelopeGateOptions } from './gate.ts'
export { nonceLength } from './layout.ts'
export { envelopeDefaults, validateEnvelopeLimits, type EnvelopeLimits } from './limits.ts'
export { sealEnvelope, type SealErrorCode, type SealOptions } from './sealing.ts'
