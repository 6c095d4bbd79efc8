import type { Crypto } from '@flotilla/core/crypto'
import type { NodeId } from '@flotilla/core/ids'
import { Lru } from '@flotilla/core/machines'
import type { Prng } from '@flotilla/core/random'
import { after, type Millis, type WallMillis } from '@flotilla/core/time'
import type { Address } from '../address.ts'
import { isSameAddress } from '../ip-address.ts'
import type { Credentials } from '../ports.ts'
import { Answers } from './answers.ts'
import type { BeaconRefusal, ClockDifference, HeardBeacon } from './beacon.ts'
import { BeaconGate, type Moment, type Opened } from './gate.ts'
import { sealBeacon } from './layout.ts'
import type { BeaconSettings } from './limits.ts'

export type BeaconInput =
  | { readonly type: 'wake' }
  | { readonly type: 'received'; readonly from: Address; readonly bytes: Uint8Array }
  /** Where we are now; said first of all, and again whenever an interface comes or goes. */
  | { readonly type: 'placed'; readonly addresses: readonly Address[]; readonly datagramPort: number }

export type BeaconEffect =
  | { readonly type: 'announce'; readonly bytes: Uint8Array }
  | { readonly type: 'send'; readonly to: Address; readonly bytes: Uint8Array }
  | { readonly type: 'heard'; readonly beacon: HeardBeacon }
  /** At most every ten minutes for each member. */
  | { readonly type: 'clock-differs'; readonly difference: ClockDifference }
  /** Another process signs with our key; at most every ten minutes. */
  | { readonly type: 'own-key-elsewhere'; readonly from: Address }

export type BeaconCounts = Readonly<Partial<Record<BeaconRefusal | 'heard' | 'announced' | 'answered', number>>>

export interface BeaconsOptions extends Moment {
  readonly credentials: Credentials
  readonly crypto: Crypto
  readonly prng: Prng
  readonly settings: BeaconSettings
  /** 8 bytes that no other process of this node has: draw them from `Entropy`. */
  readonly run: Uint8Array
  /** Told in each beacon. */
  readonly question?: number | undefined
}

/** When the first beacons go: datagrams may be lost, and a switch takes a moment to learn who listens to a group. */
const seekingDelaysMs = [0, 500, 2_000] as const
const warningEveryMs = 600_000

/**
 * Tells others where we are, hears where they are. The host calls `step` with every input, performs what `drain`
 * returns in order, and wakes it at `deadline()`.
 */
export class Beacons {
  readonly #options: BeaconsOptions
  readonly #settings: BeaconSettings
  readonly #prng: Prng
  readonly #run: Uint8Array
  readonly #gate: BeaconGate
  readonly #answers: Answers
  readonly #members: Lru<NodeId, true>
  readonly #warnedAt: Lru<string, Millis>
  readonly #counts = new Map<BeaconRefusal | 'heard' | 'announced' | 'answered', number>()
  #addresses: readonly Address[] = []
  #datagramPort = 0
  /** How many of the first beacons have gone since we were placed. */
  #seekingSent = 0
  /** When to announce next; Infinity until we are placed somewhere. */
  #announceAt = Infinity as Millis
  #timestamp = -Infinity
  #effects: BeaconEffect[] = []

  constructor(options: BeaconsOptions) {
    const { credentials, crypto, prng, settings, run, now, wallNow } = options
    this.#options = options
    this.#settings = settings
    this.#prng = prng
    this.#run = run
    this.#gate = new BeaconGate({ credentials, crypto, settings, run, startedAt: wallNow })
    this.#answers = new Answers({ settings, prng: prng.split('answers'), now })
    this.#members = new Lru({ entriesMax: settings.beaconMembersMax })
    this.#warnedAt = new Lru({ entriesMax: settings.beaconMembersMax })
  }

  get counts(): BeaconCounts {
    return Object.fromEntries(this.#counts)
  }

  step(moment: Moment, input: BeaconInput): void {
    if (input.type === 'received') this.#receive(moment, input.from, input.bytes)
    if (input.type === 'placed') this.#place(moment.now, input.addresses, input.datagramPort)
    this.#answer(moment)
    if (moment.now >= this.#announceAt) this.#announce(moment)
  }

  drain(): readonly BeaconEffect[] {
    const effects = this.#effects
    this.#effects = []
    return effects
  }

  deadline(): Millis {
    return Math.min(this.#announceAt, this.#answers.at) as Millis
  }

  /** Why others would refuse a beacon of ours as it is now: our certificate has expired, say. */
  refusalOfOwn(moment: Moment): BeaconRefusal | undefined {
    const run = this.#run.map((byte) => byte ^ 255)
    const { credentials, crypto, settings } = this.#options
    const other = new BeaconGate({ credentials, crypto, settings, run, startedAt: moment.wallNow })
    const opened = other.openRelayed(this.#seal(moment.wallNow), moment)
    return opened.type === 'heard' || isOwn(opened.why) ? undefined : opened.why
  }

  /** A beacon of ours as it would go now, for those who ask for it on another way. */
  ownRecord(wallNow: WallMillis): Uint8Array {
    return this.#seal(wallNow)
  }

  /** A beacon of somebody that a third one shows; refusals are not counted with those of beacons that came by air. */
  openRelayed(bytes: Uint8Array, moment: Moment): Opened {
    return this.#gate.openRelayed(bytes, moment)
  }

  #receive(moment: Moment, from: Address, bytes: Uint8Array): void {
    const opened = this.#gate.open(bytes, from, moment)
    if (opened.type === 'refused') return this.#refuse(moment.now, from, opened.why, opened.clock)
    const { beacon } = opened
    this.#count('heard')
    this.#members.set(beacon.member.id, true)
    this.#effects.push({ type: 'heard', beacon })
    if (beacon.isNew || beacon.seeking) {
      const { isNew, member } = beacon
      this.#answers.want({ id: member.id, address: from, isNew }, this.#members.size, moment.now)
    }
  }

  #refuse(now: Millis, from: Address, why: BeaconRefusal, difference: ClockDifference | undefined): void {
    this.#count(why)
    if (difference !== undefined && this.#mayWarn(difference.id, now)) {
      this.#effects.push({ type: 'clock-differs', difference })
    }
    if (why === 'own-key-elsewhere' && this.#mayWarn(why, now)) this.#effects.push({ type: why, from })
  }

  #place(now: Millis, addresses: readonly Address[], datagramPort: number): void {
    const told = addresses.slice(0, this.#settings.beaconAddressesMax)
    const isSame =
      datagramPort === this.#datagramPort &&
      told.length === this.#addresses.length &&
      told.every((address, index) => isSameAddress(address, this.#addresses[index] ?? address))
    if (isSame) return
    this.#addresses = told
    this.#datagramPort = datagramPort
    this.#seekingSent = 0
    this.#announceAt = told.length === 0 ? (Infinity as Millis) : now
  }

  #announce(moment: Moment): void {
    const isSeeking = this.#seekingSent < seekingDelaysMs.length
    this.#effects.push({ type: 'announce', bytes: this.#seal(moment.wallNow, isSeeking) })
    this.#count('announced')
    this.#answers.announced(moment.now)
    if (isSeeking) this.#seekingSent++
    const delayMs = seekingDelaysMs[this.#seekingSent]
    const sentMs = seekingDelaysMs[this.#seekingSent - 1] ?? 0
    this.#announceAt = after(moment.now, delayMs === undefined ? this.#jittered() : delayMs - sentMs)
  }

  #answer(moment: Moment): void {
    if (this.#addresses.length === 0) return this.#answers.announced(moment.now)
    const due = this.#answers.due(moment.now)
    if (due === undefined) return
    const bytes = this.#seal(moment.wallNow)
    this.#count('answered')
    if (due === 'everybody') this.#effects.push({ type: 'announce', bytes })
    else for (const to of due) this.#effects.push({ type: 'send', to, bytes })
  }

  #seal(wallNow: WallMillis, seeking = false): Uint8Array {
    const wall = Math.floor(wallNow)
    // Rises also when the calendar goes back a little, or others would take our next beacons for old ones.
    const isNear = this.#timestamp - wall <= this.#settings.clockToleranceMs / 2
    this.#timestamp = isNear ? Math.max(wall, this.#timestamp + 1) : wall
    const { question } = this.#options
    return sealBeacon(
      this.#options.credentials,
      {
        run: this.#run,
        timestamp: this.#timestamp as WallMillis,
        addresses: this.#addresses,
        datagramPort: this.#datagramPort,
        seeking,
        ...(question === undefined ? {} : { question }),
      },
      this.#settings.beaconBytesMax,
    )
  }

  /** From 4/5 to 6/5 of the interval, so that the beacons of many nodes that started together drift apart. */
  #jittered(): number {
    const { beaconIntervalMs } = this.#settings
    return Math.floor(beaconIntervalMs * 0.8) + this.#prng.below(1 + Math.floor(beaconIntervalMs * 0.4))
  }

  #mayWarn(about: string, now: Millis): boolean {
    const warnedAt = this.#warnedAt.get(about)
    if (warnedAt !== undefined && now < warnedAt + warningEveryMs) return false
    this.#warnedAt.set(about, now)
    return true
  }

  #count(what: BeaconRefusal | 'heard' | 'announced' | 'answered'): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1)
  }
}

function isOwn(why: BeaconRefusal): boolean {
  return why === 'own' || why === 'own-key-elsewhere'
}
