import { wholeSetting, wholeSettings, type Ranges } from '@flotilla/core/machines'

/** What one client keeps to. Those of the service are beside its machine. */
export interface LockClientLimits {
  /** By how much, in thousandths, the clocks of this machine and of the group may run apart. */
  readonly clockDriftPermille: number
  /** What the holder gives up of its lease besides: a timer that comes late, an answer under way. */
  readonly leaseMarginMs: number
  /** How often a client that waits asks how things stand, in case the news was lost. */
  readonly askAgainMs: number
  /** The first pause before something that failed is tried again; it doubles up to `retryPauseMsMax`. */
  readonly retryPauseMs: number
  readonly retryPauseMsMax: number
  /** How long one attempt to reach the service may take, before the next one. Renewals: a third of the lease. */
  readonly attemptTimeoutMs: number
  /** How long `release` waits until the service knows, before the telling goes on without it. */
  readonly releaseTimeoutMs: number
  /** How long closing tries to tell the service. */
  readonly closeTimeoutMs: number
  /** Locks and waits of one client, together; one more is refused with `overloaded`. */
  readonly requestsMax: number
  /** Watches and observers of one client; one more is refused with `overloaded`. */
  readonly watchesMax: number
  /** How often a watch looks, in case the news was lost. */
  readonly watchAgainMs: number
  /** Keys in one answer of `list`, and in what `watchAll` shows. */
  readonly listKeysMax: number
}

export const lockClientDefaults: LockClientLimits = {
  clockDriftPermille: 10,
  leaseMarginMs: 100,
  askAgainMs: 1_000,
  retryPauseMs: 20,
  retryPauseMsMax: 1_000,
  attemptTimeoutMs: 5_000,
  releaseTimeoutMs: 5_000,
  closeTimeoutMs: 2_000,
  requestsMax: 4_096,
  watchesMax: 256,
  watchAgainMs: 5_000,
  listKeysMax: 1_000,
}

const allowed: Ranges<keyof LockClientLimits> = {
  clockDriftPermille: [0, 200],
  leaseMarginMs: [1, 60_000],
  askAgainMs: [10, 600_000],
  retryPauseMs: [1, 60_000],
  retryPauseMsMax: [1, 600_000],
  attemptTimeoutMs: [10, 600_000],
  releaseTimeoutMs: [10, 600_000],
  closeTimeoutMs: [1, 600_000],
  requestsMax: [1, 2 ** 20],
  watchesMax: [1, 65_536],
  watchAgainMs: [10, 3_600_000],
  listKeysMax: [1, 10_000],
}

/** Returns the limits completed with defaults, or throws a sentence that names the wrong one. */
export function validateLockClientLimits(limits: Partial<LockClientLimits> = {}): LockClientLimits {
  const whole = wholeSettings('locks', { ...lockClientDefaults }, allowed, limits)
  wholeSetting('locks', 'retryPauseMsMax', whole.retryPauseMsMax, whole.retryPauseMs, 600_000)
  return whole
}

/** How the leases of one client are. */
export interface LeaseSettings {
  /** How long the service keeps what a client holds that it does not hear from any more. Renewed at a third. */
  readonly ttlMs: number
  /** How long, after a session was lost, nobody is granted what it held. */
  readonly lockDelayMs: number
}

export const leaseDefaults: LeaseSettings = { ttlMs: 10_000, lockDelayMs: 2_000 }

const leaseAllowed: Ranges<keyof LeaseSettings> = { ttlMs: [100, 86_400_000], lockDelayMs: [0, 600_000] }

/** Returns the settings completed with defaults, or throws a sentence that names the wrong one. */
export function validateLeaseSettings(
  settings: { readonly [Name in keyof LeaseSettings]?: number | undefined },
  limits: LockClientLimits,
): LeaseSettings {
  const whole = wholeSettings('locks', { ...leaseDefaults }, leaseAllowed, settings)
  const shortest = Math.ceil((2 * limits.leaseMarginMs * 1_000) / (1_000 - limits.clockDriftPermille))
  wholeSetting('locks', 'ttlMs', whole.ttlMs, Math.max(shortest, leaseAllowed.ttlMs[0]), leaseAllowed.ttlMs[1])
  return whole
}
