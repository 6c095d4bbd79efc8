import { wholeSetting, wholeSettings, type Ranges } from '@flotilla/core/machines'

/** How often a monitor looks, and what it holds. */
export interface MonitorSettings {
  /** Between two samples while nobody watches. */
  readonly intervalMs: number
  /** Between two samples while somebody does. */
  readonly watchedIntervalMs: number
  /** After so long a collection is told to stop. None begins before it has ended, however long that takes. */
  readonly collectionTimeoutMs: number
  /** Processes that were read this long ago are shown again without asking the machine. */
  readonly processesFreshMs: number
  /** Older readings are forgotten: rates of processes are then made of two new ones. */
  readonly processesKeptMs: number
  /** How far apart these two are. 0: one reading only, and each process's mean over its life, as `ps` has it. */
  readonly firstLookMs: number
  /** How long closing waits for readings that were told to stop. */
  readonly closeTimeoutMs: number
  /** Loops over `watch` and over `watchAlerts`, each; one more is `overloaded`. */
  readonly watchersMax: number
  /** News that a loop over `watchAlerts` has not read yet; beyond, the oldest are lost. */
  readonly alertsUnreadMax: number
}

export const monitorDefaults: MonitorSettings = {
  intervalMs: 5_000,
  watchedIntervalMs: 1_000,
  collectionTimeoutMs: 30_000,
  processesFreshMs: 500,
  processesKeptMs: 30_000,
  firstLookMs: 200,
  closeTimeoutMs: 2_000,
  watchersMax: 64,
  alertsUnreadMax: 256,
}

const allowed: Ranges<keyof MonitorSettings> = {
  intervalMs: [1_000, 3_600_000],
  watchedIntervalMs: [1_000, 60_000],
  collectionTimeoutMs: [100, 600_000],
  processesFreshMs: [0, 60_000],
  processesKeptMs: [0, 300_000],
  firstLookMs: [0, 5_000],
  closeTimeoutMs: [0, 600_000],
  watchersMax: [1, 4_096],
  alertsUnreadMax: [1, 65_536],
}

/** Returns the settings completed with defaults, or throws a sentence that names the wrong one. */
export function validateMonitorSettings(
  settings: { readonly [Name in keyof MonitorSettings]?: number | undefined } = {},
): MonitorSettings {
  const whole = wholeSettings('monitor', { ...monitorDefaults }, allowed, settings)
  wholeSetting('monitor', 'intervalMs', whole.intervalMs, whole.watchedIntervalMs, allowed.intervalMs[1])
  return whole
}
