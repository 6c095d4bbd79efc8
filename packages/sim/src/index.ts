/**
 * A deterministic world in one thread, to test distributed code in: virtual time, a faulty network, faulty disks,
 * crashes and restarts, pauses, clocks that drift and jump; all drawn from one seed, so that a failing seed fails
 * again.
 *
 * It runs production code through the ports of `@flotilla/core`. A `Suite` says which hosts there are, how each starts,
 * which faults it claims to survive, and what must hold: `Invariant`s after every step, `Progress` once everything is
 * mended. `runSeed` lives one seed:
 * - the safety phase, under faults: each kind that the suite admits is on in one seed of two, at a drawn intensity;
 * - the heal phase: the network is whole, disks work, everybody is up; each `Progress` must be seen;
 * - a clean stop of everybody, then the suite's `finish`, for checks of the whole history.
 *
 * The code under test may wait only for its ports and for promises. A real timer, socket or file in it would make the
 * outcome depend on the machine; run seeds twice and compare `traceHash` to find that.
 */
export type { Canary } from './canary.ts'
export { allFaults, type FaultKind } from './faults/fault-plan.ts'
export { repeat } from './repeat.ts'
export { runDefaults, runSeed, type SeedOptions, type SeedOutcome } from './run/seed-driver.ts'
export type { Host, HostSpec, Invariant, Progress, Run, Suite, Violation, WorldView } from './suite.ts'
export { formatEvent, type TraceEvent } from './world/trace.ts'
