import { FlotillaError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import { after, type Millis } from '@flotilla/core/time'
import type { Offence, OffenceCode } from './broadcast.ts'

export interface BanSettings {
  /** A peer whose score reaches this is banned. Default 100. */
  readonly scoreMax: number
  /** So much is forgiven each minute. Default 20. */
  readonly forgivenPerMinute: number
  /** The first ban; each further one is twice as long as the one before. Default 60,000. */
  readonly firstBanMs: number
  /** No ban is longer. Default 3,600,000. */
  readonly longestBanMs: number
  /** After so long without an offence, the next ban is a first one again. Default 86,400,000. */
  readonly recordKeptMs: number
  /** Peers whose record is kept; for one more, the one that is the least loss is forgotten. Default 1,024. */
  readonly peersMax: number
}

export const banDefaults: BanSettings = {
  scoreMax: 100,
  forgivenPerMinute: 20,
  firstBanMs: 60_000,
  longestBanMs: 3_600_000,
  recordKeptMs: 86_400_000,
  peersMax: 1_024,
}

/** What each offence adds to the score: five messages that no correct program sends, ten seconds of flooding. */
export const offenceScores: Readonly<Record<OffenceCode, number>> = {
  'malformed-message': 20,
  'forged-envelope': 20,
  flooding: 10,
}

const allowed: { readonly [Name in keyof BanSettings]: readonly [least: number, most: number] } = {
  scoreMax: [1, 1_000_000],
  forgivenPerMinute: [1, 1_000_000],
  firstBanMs: [1, 86_400_000],
  longestBanMs: [1, 2_592_000_000],
  recordKeptMs: [1, 2_592_000_000],
  peersMax: [1, 65_536],
}

/** Returns the settings completed with defaults, or throws a sentence that names the wrong one. */
export function validateBanSettings(settings: Partial<BanSettings> = {}): BanSettings {
  const complete = { ...banDefaults, ...settings }
  for (const name of Object.keys(allowed) as (keyof BanSettings)[]) {
    const [least, most] = allowed[name]
    within(name, complete[name], least, most)
  }
  within('longestBanMs', complete.longestBanMs, complete.firstBanMs, allowed.longestBanMs[1])
  return complete
}

interface PeerRecord {
  /** As it was at `lastMs`; 0 <= score < scoreMax */
  score: number
  lastMs: Millis
  /** How many there were; the next one is doubled so often. */
  bans: number
  bannedUntil: Millis
}

/** What to do about a peer: `transport.ban(peer, { reason, durationMs })`. */
export interface BanDecision {
  readonly peer: NodeId
  readonly reason: string
  readonly durationMs: number
}

/**
 * When to ban whom, and for how long: offences add to a score that decays, and a peer that reaches `scoreMax` is banned
 * for a time that doubles with each ban. Pure; it only decides, and whoever asked carries it out.
 */
export class BanPolicy {
  readonly #settings: BanSettings
  readonly #records = new Map<NodeId, PeerRecord>()

  constructor(settings: Partial<BanSettings> = {}) {
    this.#settings = validateBanSettings(settings)
  }

  /** Peers on record; `<= peersMax`. */
  get size(): number {
    return this.#records.size
  }

  /** Takes note of it. Returns what to do, if this was one too many; nothing while the peer is banned anyway. */
  judge(offence: Pick<Offence, 'peer' | 'code' | 'message'>, now: Millis): BanDecision | undefined {
    const { peer, code, message } = offence
    const { scoreMax, firstBanMs, longestBanMs } = this.#settings
    const record = this.#recordOf(peer, now)
    if (record.bannedUntil > now) return undefined
    record.score = this.#scoreAt(record, now) + offenceScores[code]
    record.lastMs = now
    if (record.score < scoreMax) return undefined
    const durationMs = Math.min(firstBanMs * 2 ** record.bans, longestBanMs)
    record.score = 0
    record.bans += 1
    record.bannedUntil = after(now, durationMs)
    record.lastMs = record.bannedUntil
    return { peer, reason: `${code}: ${message}`, durationMs }
  }

  score(peer: NodeId, now: Millis): number {
    const record = this.#records.get(peer)
    return record === undefined ? 0 : this.#scoreAt(record, now)
  }

  isBanned(peer: NodeId, now: Millis): boolean {
    return (this.#records.get(peer)?.bannedUntil ?? -Infinity) > now
  }

  /** An operator forgives the peer everything. */
  unban(peer: NodeId): void {
    this.#records.delete(peer)
  }

  #recordOf(peer: NodeId, now: Millis): PeerRecord {
    const known = this.#records.get(peer)
    if (known !== undefined && now - known.lastMs < this.#settings.recordKeptMs) return known
    this.#records.delete(peer)
    if (this.#records.size >= this.#settings.peersMax) this.#forgetOne(now)
    const record = { score: 0, lastMs: now, bans: 0, bannedUntil: -Infinity as Millis }
    this.#records.set(peer, record)
    return record
  }

  /** The one whose ban ends first, or, as most have none, whose last offence is longest ago. */
  #forgetOne(now: Millis): void {
    let least: NodeId | undefined
    let valueOfLeast = Infinity
    for (const [peer, { bannedUntil, lastMs }] of this.#records) {
      // Those that are banned come after all others: their `lastMs` is in the future.
      const value = Math.max(bannedUntil, lastMs) - now
      if (value >= valueOfLeast) continue
      least = peer
      valueOfLeast = value
    }
    if (least !== undefined) this.#records.delete(least)
  }

  #scoreAt({ score, lastMs }: PeerRecord, now: Millis): number {
    const forgiven = (Math.max(0, now - lastMs) / 60_000) * this.#settings.forgivenPerMinute
    return Math.max(0, score - forgiven)
  }
}

function within(name: keyof BanSettings, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return
  throw new FlotillaError(
    'wrong-setting',
    `bans: ${name} is ${value}; it must be a whole number from ${least} to ${most}`,
  )
}
