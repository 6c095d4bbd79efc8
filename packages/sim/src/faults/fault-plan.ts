import type { Prng } from '@flotilla/core/random'

/** What goes wrong with each message of its own accord, as a share of a thousand. */
const messageFaults = ['loss', 'duplication', 'reordering'] as const
/** What begins at some moment, lasts a while, and ends. */
const timedFaults = [
  'slow-links',
  'one-way-cuts',
  'partitions',
  'crashes',
  'restarts',
  'pauses',
  'wall-jumps',
  'disk-stalls',
  'disk-full',
  'sync-failures',
  'bit-rot',
] as const
/** What holds for a host's whole life. */
const standingFaults = ['clock-drift'] as const

export type MessageFault = (typeof messageFaults)[number]
export type TimedFault = (typeof timedFaults)[number]
export type FaultKind = MessageFault | TimedFault | (typeof standingFaults)[number]

/** Every kind there is, for a suite that claims to live through all of them. */
export const allFaults: readonly FaultKind[] = [...messageFaults, ...timedFaults, ...standingFaults]

/** From least to most, both included. */
export type Range = readonly [least: number, most: number]

export interface TimedFaultPlan {
  /** From one to the next, give or take a half. */
  readonly betweenMs: number
  readonly lastsMs: Range
}

/** Which faults one seed has, and how hard: some on, others off, so that rare combinations get their turn. */
export interface FaultPlan {
  readonly latencyMs: Range
  readonly diskLatencyMs: Range
  readonly message: ReadonlyMap<MessageFault, number>
  readonly timed: ReadonlyMap<TimedFault, TimedFaultPlan>
  /** How much faster or slower than the world a host's clock may run. */
  readonly clockDriftMax: number
}

const timedRanges: { readonly [Kind in TimedFault]: { readonly betweenMs: Range; readonly lastsMs: Range } } = {
  'slow-links': { betweenMs: [500, 10_000], lastsMs: [50, 5_000] },
  'one-way-cuts': { betweenMs: [500, 20_000], lastsMs: [20, 10_000] },
  partitions: { betweenMs: [1_000, 20_000], lastsMs: [20, 15_000] },
  crashes: { betweenMs: [500, 20_000], lastsMs: [1, 10_000] },
  restarts: { betweenMs: [1_000, 20_000], lastsMs: [1, 5_000] },
  pauses: { betweenMs: [500, 10_000], lastsMs: [5, 8_000] },
  'wall-jumps': { betweenMs: [1_000, 20_000], lastsMs: [0, 0] },
  'disk-stalls': { betweenMs: [500, 10_000], lastsMs: [5, 8_000] },
  'disk-full': { betweenMs: [2_000, 30_000], lastsMs: [10, 5_000] },
  'sync-failures': { betweenMs: [2_000, 30_000], lastsMs: [0, 0] },
  'bit-rot': { betweenMs: [5_000, 60_000], lastsMs: [0, 0] },
}

/** Draws a plan: each kind that the suite admits is on in one seed of two. */
export function drawFaultPlan(random: Prng, admitted: readonly FaultKind[]): FaultPlan {
  const on = new Set(allFaults.filter((kind) => random.chance(1, 2) && admitted.includes(kind)))
  const latencyMost = logarithmic(random, [1, 50])
  return {
    latencyMs: [latencyMost / 10, latencyMost],
    diskLatencyMs: [0.05, logarithmic(random, [0.2, 20])],
    message: new Map(messageFaults.filter((kind) => on.has(kind)).map((kind) => [kind, random.between(1, 300)])),
    timed: new Map(
      timedFaults
        .filter((kind) => on.has(kind))
        .map((kind) => [
          kind,
          { betweenMs: logarithmic(random, timedRanges[kind].betweenMs), lastsMs: timedRanges[kind].lastsMs },
        ]),
    ),
    clockDriftMax: on.has('clock-drift') ? random.between(1, 50) / 1_000 : 0,
  }
}

/** The quiet world of the heal phase. */
export const noFaults: FaultPlan = {
  latencyMs: [0.1, 2],
  diskLatencyMs: [0.05, 0.5],
  message: new Map(),
  timed: new Map(),
  clockDriftMax: 0,
}

/** Which kinds a plan has on, for a report. */
export function kindsOf(plan: FaultPlan): readonly FaultKind[] {
  return [...plan.message.keys(), ...plan.timed.keys(), ...(plan.clockDriftMax > 0 ? standingFaults : [])]
}

/** Any point of the range in thousandths. */
export function within(random: Prng, [least, most]: Range): number {
  return least + ((most - least) * random.below(1_001)) / 1_000
}

/** Small values as likely as large ones: both a short and a long outage deserve many seeds. */
export function logarithmic(random: Prng, [least, most]: Range): number {
  if (least <= 0) return within(random, [least, most])
  return least * (most / least) ** (random.below(1_001) / 1_000)
}
