import { Prng, type Seed } from '@flotilla/core/random'
import { FaultInjector } from '../faults/fault-injector.ts'
import { drawFaultPlan, kindsOf, type FaultKind } from '../faults/fault-plan.ts'
import type { Run, Suite, Violation } from '../suite.ts'
import { describe } from '../world/life.ts'
import { turn } from '../world/node-turn.ts'
import { isMortal } from '../world/sim-host.ts'
import { Trace, type TraceEvent } from '../world/trace.ts'
import { World } from '../world/world.ts'

export const runDefaults = {
  safetyMs: 30_000,
  healMs: 30_000,
  /** How long a clean stop may take in the quiet world. */
  stopMs: 30_000,
  /** Events in one run; more is a livelock, or a suite that wants to be split. */
  stepsMax: 5_000_000,
  /** Events at one and the same moment; more is code that waits without letting time pass. */
  stepsAtOnceMax: 100_000,
  /** How many of the last events a failure shows. */
  lastEvents: 40,
} as const

export interface SeedOptions {
  /** Sees every event as it happens. */
  readonly onEvent?: (event: TraceEvent) => void
}

/** What became of one seed. */
export interface SeedOutcome {
  readonly suite: string
  readonly seed: Seed
  /** Undefined when everything held. */
  readonly violation: Violation | undefined
  readonly faults: readonly FaultKind[]
  readonly steps: number
  readonly virtualMs: number
  /** Equal for every run of this seed on this commit. */
  readonly traceHash: string
  /** The last events, oldest first; empty when everything held. */
  readonly lastEvents: readonly TraceEvent[]
}

/** Lives one seed of a suite: a safety phase under faults, a heal phase that demands progress, a clean stop. */
export async function runSeed(suite: Suite, seed: Seed, options: SeedOptions = {}): Promise<SeedOutcome> {
  const random = new Prng(seed)
  const plan = drawFaultPlan(random.split('faults'), suite.faults)
  const trace = new Trace(options.onEvent)
  const world = new World({
    random: random.split('world'),
    plan,
    trace,
    ...(suite.networkLimits === undefined ? {} : { networkLimits: suite.networkLimits }),
  })
  const run = suite.begin(world.view(seed, random.split('suite')))
  for (const spec of run.hosts) world.add(spec)
  const phases = new Phases(world, run)

  using _ = onStrayRejection((reason) => world.fail('No promise is rejected unseen.', describe(reason)))
  const injector = new FaultInjector({
    world,
    random: random.split('injector'),
    plan,
    brokenDisksMax: suite.brokenDisksMax ?? minority(run),
  })
  injector.begin()
  await phases.live(suite.safetyMs ?? runDefaults.safetyMs, () => false)

  if (world.violation === undefined) {
    injector.end()
    world.mend()
    await phases.demandProgress(suite.healMs ?? runDefaults.healMs)
  }
  if (world.violation === undefined) await phases.stopAll()

  await turn() // The last stray rejection, if any, shows itself now.
  const violation = world.violation ?? run.finish?.()
  return {
    suite: suite.name,
    seed,
    violation,
    faults: kindsOf(plan),
    steps: phases.steps,
    virtualMs: world.time.nowMs,
    traceHash: trace.hash(),
    lastEvents: violation === undefined ? [] : trace.last(runDefaults.lastEvents),
  }
}

class Phases {
  readonly #world: World
  readonly #run: Run
  steps = 0
  /** How many steps ended at the moment that the world is in. */
  #stepsAtOnce = 0

  constructor(world: World, run: Run) {
    this.#world = world
    this.#run = run
  }

  /**
   * Steps until the time is over, the goal is reached, or something is violated. Returns whether the goal was reached.
   */
  async live(durationMs: number, reached: () => boolean): Promise<boolean> {
    const { time } = this.#world
    const untilMs = time.nowMs + durationMs
    while (this.#world.violation === undefined) {
      if (reached()) return true
      const beforeMs = time.nowMs
      if (!this.#step(untilMs)) return reached()
      await turn()
      this.#count(beforeMs)
      this.#checkInvariants()
    }
    return false
  }

  #step(untilMs: number): boolean {
    try {
      return this.#world.time.step(untilMs)
    } catch (error) {
      this.#world.fail('Nothing throws where nobody catches it.', describe(error))
      return true
    }
  }

  async demandProgress(healMs: number): Promise<void> {
    const missing = new Set(this.#run.progress)
    const allSeen = (): boolean => {
      for (const progress of missing) if (progress.seen()) missing.delete(progress)
      return missing.size === 0
    }
    if (await this.live(healMs, allSeen)) return
    const [first] = missing
    this.#world.fail(first?.sentence ?? 'progress', `not seen within ${healMs} ms after everything was mended`)
  }

  async stopAll(): Promise<void> {
    const { hosts } = this.#world
    this.#world.close()
    for (const host of hosts) this.#world.stop(host)
    const stopped = (): boolean => hosts.every((host) => host.life === undefined)
    if (await this.live(runDefaults.stopMs, stopped)) return
    const late = hosts.filter((host) => host.life !== undefined).map((host) => host.spec.name)
    this.#world.fail(
      'A host that is asked to stop stops.',
      `${late.join(', ')} did not within ${runDefaults.stopMs} ms`,
    )
  }

  #count(beforeMs: number): void {
    this.steps++
    this.#stepsAtOnce = this.#world.time.nowMs === beforeMs ? this.#stepsAtOnce + 1 : 0
    if (this.#stepsAtOnce > runDefaults.stepsAtOnceMax) {
      this.#world.fail('Time passes.', `${runDefaults.stepsAtOnceMax} events happened at one moment`)
    }
    if (this.steps > runDefaults.stepsMax) {
      this.#world.fail('A run ends.', `it took more than ${runDefaults.stepsMax} events`)
    }
  }

  #checkInvariants(): void {
    for (const invariant of this.#run.invariants) {
      const broken = invariant.check()
      if (broken !== undefined) return this.#world.fail(invariant.sentence, broken)
    }
  }
}

/** Code under test that drops a rejected promise would end a real process; here it ends the run. */
function onStrayRejection(see: (reason: unknown) => void): Disposable {
  process.on('unhandledRejection', see)
  return { [Symbol.dispose]: () => void process.off('unhandledRejection', see) }
}

function minority(run: Run): number {
  return Math.floor((run.hosts.filter((spec) => isMortal({ spec })).length - 1) / 2)
}
