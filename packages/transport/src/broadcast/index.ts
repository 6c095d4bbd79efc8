/**
 * Signed broadcasts: what one member says to all, over any `Network`, however partially its members are connected.
 *
 * ```ts
 * const bans = new BanPolicy()
 * const broadcasts = createBroadcasts({
 *   network, crypto, secretKey, clock, entropy, prng,
 *   member: (id) => members.has(id),
 *   onOffence: (offence) => {
 *     const ban = bans.judge(offence, clock.now())
 *     if (ban !== undefined) transport.ban(ban.peer, ban)
 *   },
 * })
 * broadcasts.subscribe('cluster.revocations', ({ from, payload }) => …)
 * broadcasts.publish('cluster.revocations', bytes)
 * ```
 *
 * How it spreads
 * - Small envelopes are pushed to the neighbours; long ones, and those for the neighbours beyond `eagerPeersMax`, are
 *   announced by their id, and fetched once. What is new somewhere goes on from there in the same way.
 * - On connecting and every `exchangeEveryMs` neighbours compare what they have seen, second by second, and fetch what
 *   is missing. So a lost message, a cut or a full queue delays a broadcast and does not lose it, as long as the cut is
 *   shorter than the replay window (`clockToleranceMs`).
 *
 * What is promised
 * - A broadcast of a correct member reaches every correct member that is connected to it through correct members, or
 *   becomes so within the window. Whoever relays can withhold it from those only who know no other way.
 * - What is delivered was signed as it stands by the member that it names, about now.
 * - Each is delivered at most once while the process lives.
 *
 * After a restart, what was signed in the last half minute is fetched from the neighbours and may be delivered a second
 * time. That is meant: a node that listened only to what was surely new would be deaf for twice the clock tolerance
 * after every restart, and miss the revocations and rates of that minute; and no neighbour can testify what we had
 * delivered and not yet passed on when we stopped. Takers whose actions are not idempotent keep what they have taken
 * with their own data, or give `sealedAfter`.
 *
 * Who is to blame for what stands at `Intake`; what each thing may cost, at `BroadcastLimits`.
 */
export {
  BanPolicy,
  banDefaults,
  offenceScores,
  validateBanSettings,
  type BanDecision,
  type BanSettings,
} from './ban-policy.ts'
export type {
  Broadcast,
  BroadcastFigures,
  Broadcasts,
  Offence,
  OffenceCode,
  PublishErrorCode,
  RefusalReason,
} from './broadcast.ts'
export { createBroadcasts, type BroadcastsOptions } from './driver.ts'
export { broadcastDefaults, validateBroadcastLimits, type BroadcastLimits } from './limits.ts'
export { SessionRate, sessionRateDefaults, validateSessionRate, type SessionRateSettings } from './session-rate.ts'
