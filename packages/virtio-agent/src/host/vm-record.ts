import type { SummaryFigures } from '@flotilla/procmon'
import type { GuestMetrics } from '../contract.ts'
import type { GuestAbout, OwnHostEffect } from '../own/index.ts'
import type { Dialect } from '../ports/port-names.ts'
import type { VmCounters, VmMetrics, VmState, VmSummary } from './contract.ts'
import { FigureRing, vmFigures } from './vm-figures.ts'

/** How one dialect stands with one machine. */
interface Standing {
  isConnected: boolean
  /** Why it cannot be connected, or does not want us. */
  why: string
  isRefused: boolean
  isHeldOff: boolean
}

const textUnitsMax = 256
const commandsShownMax = 128

/** What is known of one machine. Nothing here grows with what the machine does. */
export class VmRecord {
  readonly vm: string
  readonly #ring: FigureRing
  readonly #standings = new Map<Dialect, Standing>()
  readonly #counters: { -readonly [Name in keyof VmCounters]: number } = {
    sessions: 0,
    metrics: 0,
    orders: 0,
    troubles: 0,
    cuts: 0,
  }
  /** While our own dialect is spoken. */
  #about: GuestAbout | undefined
  /** While the QEMU dialect is answered. */
  #qga: { version: string; commands: readonly string[] } | undefined
  #system: string | undefined
  #newest: GuestMetrics | undefined
  #figures: SummaryFigures = {}
  #metricsAtMs: number | undefined
  #state: VmState = 'away'
  #sinceMs: number

  constructor(vm: string, wallMs: number, historyPointsMax: number) {
    this.vm = vm
    this.#sinceMs = wallMs
    this.#ring = new FigureRing(historyPointsMax)
  }

  get about(): GuestAbout | undefined {
    return this.#about
  }

  get hasQga(): boolean {
    return this.#qga !== undefined
  }

  connected(dialect: Dialect, isConnected: boolean, wallMs: number): void {
    Object.assign(this.#standing(dialect), { isConnected, isRefused: false, why: '' })
    this.#settle(wallMs)
  }

  /** Its channel of that dialect is not there any more. */
  without(dialect: Dialect, wallMs: number): void {
    this.#standings.delete(dialect)
    if (dialect === 'own') this.#about = undefined
    else this.#qga = undefined
    this.#settle(wallMs)
  }

  unreachable(dialect: Dialect, why: string, wallMs: number): void {
    this.#standing(dialect).why = why.slice(0, textUnitsMax)
    this.#settle(wallMs)
  }

  heldOff(dialect: Dialect, isHeldOff: boolean, why: string, wallMs: number): void {
    const standing = this.#standing(dialect)
    standing.isHeldOff = isHeldOff
    standing.why = why
    if (isHeldOff) this.#counters.cuts++
    this.#settle(wallMs)
  }

  ordered(): void {
    this.#counters.orders++
  }

  /** Whether something of it is to be told. */
  own(effect: OwnHostEffect, wallMs: number): boolean {
    switch (effect.type) {
      case 'welcomed':
        this.#about = effect.about
        this.#counters.sessions++
        break
      case 'parted':
        this.#about = undefined
        break
      case 'refused':
        Object.assign(this.#standing('own'), { isRefused: true, why: effect.message.slice(0, textUnitsMax) })
        break
      case 'metrics':
        this.measured(effect.metrics, wallMs)
        return true
      case 'trouble':
        this.#counters.troubles++
        return true
      case 'notice':
      case 'progress':
      case 'ended':
        return false
    }
    this.#settle(wallMs)
    return true
  }

  qgaAgent(agent: { readonly version: string; readonly commands: readonly string[] } | undefined, wall: number): void {
    if (agent !== undefined && this.#qga === undefined) this.#counters.sessions++
    this.#qga = agent
    this.#settle(wall)
  }

  named(system: string): void {
    this.#system = system.slice(0, textUnitsMax)
  }

  measured(metrics: GuestMetrics, wallMs: number): void {
    this.#newest = metrics
    this.#figures = vmFigures(metrics.system)
    this.#metricsAtMs = wallMs
    this.#counters.metrics++
    this.#ring.add(wallMs, this.#figures)
  }

  summary(): VmSummary {
    const dialect: Dialect | undefined = this.#about !== undefined ? 'own' : this.#qga === undefined ? undefined : 'qga'
    const version = this.#about?.agentVersion ?? this.#qga?.version
    const why = this.#state === 'there' ? '' : this.#why()
    return {
      vm: this.vm,
      state: this.#state,
      ...(why === '' ? {} : { why }),
      ...(dialect === undefined ? {} : { dialect }),
      ...(version === undefined ? {} : { agentVersion: version.slice(0, textUnitsMax) }),
      ...(this.#about === undefined ? {} : { guest: this.#about.guest.slice(0, textUnitsMax) }),
      ...(this.#system === undefined ? {} : { system: this.#system }),
      commands: (this.#about?.commands ?? this.#qga?.commands ?? []).slice(0, commandsShownMax),
      sinceMs: this.#sinceMs,
      ...(this.#metricsAtMs === undefined ? {} : { metricsAtMs: this.#metricsAtMs }),
      figures: this.#figures,
      counters: { ...this.#counters },
    }
  }

  metrics(): VmMetrics {
    const newest = this.#newest
    return { summary: this.summary(), ...(newest === undefined ? {} : { newest }), history: this.#ring.points() }
  }

  #standing(dialect: Dialect): Standing {
    const known = this.#standings.get(dialect)
    if (known !== undefined) return known
    const standing = { isConnected: false, why: '', isRefused: false, isHeldOff: false }
    this.#standings.set(dialect, standing)
    return standing
  }

  #settle(wallMs: number): void {
    const state = this.#stateNow()
    if (state === this.#state) return
    this.#state = state
    this.#sinceMs = wallMs
  }

  #stateNow(): VmState {
    if (this.#about !== undefined || this.#qga !== undefined) return 'there'
    const standings = [...this.#standings.values()]
    if (standings.some(({ isHeldOff }) => isHeldOff)) return 'held-off'
    if (standings.some(({ isRefused }) => isRefused)) return 'refused'
    return standings.some(({ isConnected }) => isConnected) ? 'silent' : 'away'
  }

  #why(): string {
    const said = [...this.#standings.values()].find(({ why }) => why !== '')?.why
    return said ?? (this.#state === 'silent' ? 'no agent answers' : '')
  }
}
