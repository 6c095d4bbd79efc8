export const expositionLimits = {
  /** Cores, disks, file systems, networks, sensors that have series of their own; those beyond are left out. */
  thingsMax: 128,
  /** Somebody who watches samples every second; nobody scrapes so often. */
  intervalMs: 5_000,
} as const
