import { createHmac } from 'node:crypto'
import { isIPv6 } from 'node:net'
import { Lru, TokenBucket } from '@flotilla/core/machines'
import type { Entropy } from '@flotilla/core/random'
import type { Clock } from '@flotilla/core/time'
import { nodeLimitsDefaults } from '../../limits.ts'

interface AttemptRate {
  readonly burst: number
  readonly everyMs: number
}

/**
 * How often something was tried, by a text such as a name or an address. It has a fixed number of places, and which
 * text has which place only this process knows: so nobody can push another's count out by trying under many names, and
 * whoever meets another in one place meets him by chance.
 */
class Attempts {
  readonly #clock: Clock
  readonly #rate: AttemptRate
  readonly #key: Uint8Array
  /** At most `attemptPlaces`. */
  readonly #buckets = new Map<number, TokenBucket>()

  constructor(rate: AttemptRate, { entropy, clock }: { readonly entropy: Entropy; readonly clock: Clock }) {
    this.#clock = clock
    this.#rate = rate
    this.#key = entropy.bytes(32)
  }

  /** Milliseconds to wait; 0 if it may be tried now, which counts. */
  take(text: string): number {
    const place =
      createHmac('sha256', this.#key).update(text).digest().readUInt32BE() % nodeLimitsDefaults.attemptPlaces
    const now = this.#clock.now()
    const { burst: capacity, everyMs: refillEveryMs } = this.#rate
    const bucket = this.#buckets.get(place) ?? new TokenBucket({ capacity, refillTokens: 1, refillEveryMs }, now)
    this.#buckets.set(place, bucket)
    return bucket.take(now) ? 0 : Math.max(1, bucket.waitMs(now))
  }
}

/** Limits how often a password or a code is tried. */
export class LoginAttempts {
  readonly #byAddress: Attempts
  readonly #byName: Attempts
  /** Where from a user has logged in of late; at most `loginPlacesRemembered`. */
  readonly #places = new Lru<string, true>({ entriesMax: nodeLimitsDefaults.loginPlacesRemembered })

  constructor(parts: { readonly entropy: Entropy; readonly clock: Clock }) {
    const { loginsPerAddress, loginsPerName } = nodeLimitsDefaults
    this.#byAddress = new Attempts(loginsPerAddress, parts)
    this.#byName = new Attempts(loginsPerName, parts)
  }

  /** Milliseconds to wait; 0 if it may be tried now, which counts. A code has no name. */
  take(address: string, name: string | undefined): number {
    const network = networkOf(address)
    const waitMs = this.#byAddress.take(network)
    if (waitMs > 0 || name === undefined) return waitMs
    // Whoever tries passwords from many places must not keep the user out where he has logged in before.
    return this.#places.has(placeOf(network, name)) ? 0 : this.#byName.take(name)
  }

  succeeded(address: string, name: string): void {
    this.#places.set(placeOf(networkOf(address), name), true)
  }
}

function placeOf(network: string, name: string): string {
  return `${network} ${name}`
}

/** Who has one IPv6 address has all of its /64. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  if (!isIPv6(address)) return address
  const [head = '', tail] = (address.split('%')[0] ?? '').toLowerCase().split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length)
  const groups = [...left, ...Array.from({ length: zeros }, () => '0'), ...right]
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')
}
