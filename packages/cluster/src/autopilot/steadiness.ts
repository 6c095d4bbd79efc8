import type { NodeId } from '@flotilla/core/ids'
import type { Millis } from '@flotilla/core/time'
import type { AutopilotMember } from './ports.ts'
import type { AutopilotSettings } from './settings.ts'

/**
 * - `steady`: there for long enough, and there now; whom to choose.
 * - `unproven`: it came a short time ago, or has gone away a short time ago; whom to keep, and not to choose.
 * - `failed`: away, and has not been steady for the whole grace time; whom to replace.
 * - `removed`: out for good.
 */
export type Standing = 'steady' | 'unproven' | 'failed' | 'removed'

interface Conduct {
  /** Since when it has been there without a break; undefined while it is away. */
  upSince: Millis | undefined
  /** Since when it is not steady; undefined while it is. */
  unsteadySince: Millis | undefined
  /** How often it went away, up to a number beyond which it makes no difference. */
  setbacks: number
  isSuspect: boolean
  isRemoved: boolean
  /** Since when it is a member that does not take part, though it is there, or is said to be. */
  silentSince: Millis | undefined
  /** That was held against it already. */
  isBlamed: boolean
}

/** 2 to this power times the shortest time is more than the longest one may be. */
const setbacksMax = 27

/** Remembers who was there and who was not, so that a node that comes and goes is not taken for a steady one. */
export class Steadiness {
  readonly #settings: AutopilotSettings
  /** Those that the last look named, and nobody else. */
  #conducts = new Map<NodeId, Conduct>()

  constructor(settings: AutopilotSettings) {
    this.#settings = settings
  }

  /**
   * To be told regularly. `others` are watched too; who of them is not among the members is away. `silent` are those
   * who should take part in the group and do not, such as a node whose disk has failed.
   */
  look(now: Millis, members: readonly AutopilotMember[], others: readonly NodeId[], silent: readonly NodeId[]): void {
    const statuses = new Map(members.map(({ id, status }) => [id, status]))
    for (const id of others) if (!statuses.has(id)) statuses.set(id, 'dead')
    const before = this.#conducts
    this.#conducts = new Map()
    for (const [id, status] of statuses) {
      const conduct = before.get(id) ?? {
        upSince: undefined,
        unsteadySince: now,
        setbacks: 0,
        isSuspect: false,
        isRemoved: false,
        silentSince: undefined,
        isBlamed: false,
      }
      this.#conducts.set(id, conduct)
      this.#note(conduct, status, now)
      this.#noteSilence(conduct, silent.includes(id), now)
    }
  }

  /** Takes it as a setback that a node did not keep up. */
  blame(now: Millis, id: NodeId): void {
    const conduct = this.#conducts.get(id)
    if (conduct === undefined) return
    this.#setBack(conduct, now)
    if (conduct.upSince !== undefined) conduct.upSince = now
  }

  standing(now: Millis, id: NodeId): Standing {
    const conduct = this.#conducts.get(id)
    if (conduct === undefined) return 'unproven'
    if (conduct.isRemoved) return 'removed'
    if (conduct.isBlamed) return 'failed'
    if (conduct.silentSince !== undefined) return 'unproven'
    if (conduct.unsteadySince === undefined) return conduct.isSuspect ? 'unproven' : 'steady'
    const isOver = conduct.upSince === undefined && now - conduct.unsteadySince >= this.#settings.graceMs
    return isOver ? 'failed' : 'unproven'
  }

  /** Whether it is there at this moment, as far as anybody knows. */
  isThere(id: NodeId): boolean {
    const conduct = this.#conducts.get(id)
    return conduct?.upSince !== undefined && !conduct.isSuspect && !conduct.isRemoved
  }

  /** Infinity while it is away. */
  upSince(id: NodeId): number {
    return this.#conducts.get(id)?.upSince ?? Infinity
  }

  #note(conduct: Conduct, status: AutopilotMember['status'], now: Millis): void {
    conduct.isRemoved = status === 'removed'
    conduct.isSuspect = status === 'suspect'
    if (status === 'suspect') return
    if (status === 'alive') {
      conduct.upSince ??= now
    } else if (conduct.upSince !== undefined) {
      conduct.upSince = undefined
      this.#setBack(conduct, now)
    }
    if (conduct.upSince === undefined) return
    const upMs = now - conduct.upSince
    if (upMs >= this.#neededMs(conduct)) conduct.unsteadySince = undefined
    if (upMs >= this.#settings.forgivenMs) conduct.setbacks = 0
  }

  /** Silence is held against a node only after the grace time: a new member has to make itself one first. */
  #noteSilence(conduct: Conduct, isSilent: boolean, now: Millis): void {
    if (!isSilent) {
      conduct.silentSince = undefined
      conduct.isBlamed = false
      return
    }
    conduct.silentSince ??= now
    if (conduct.isBlamed || now - conduct.silentSince < this.#settings.graceMs) return
    conduct.isBlamed = true
    this.#setBack(conduct, now)
    if (conduct.upSince !== undefined) conduct.upSince = now
  }

  #setBack(conduct: Conduct, now: Millis): void {
    conduct.unsteadySince ??= now
    conduct.setbacks = Math.min(conduct.setbacks + 1, setbacksMax)
  }

  #neededMs({ setbacks }: Conduct): number {
    const { steadyMs, steadyMsMax } = this.#settings
    return Math.min(steadyMs * 2 ** setbacks, steadyMsMax)
  }
}
