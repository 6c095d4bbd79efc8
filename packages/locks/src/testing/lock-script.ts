import { FlotillaError, unreachable } from '@flotilla/core/errors'
import type { ApplyContext, Index, LogMillis } from '@flotilla/raft'
import type { LockCommand, ReleaseReason } from '../machine/commands.ts'
import type { LockMachine } from '../machine/lock-machine.ts'
import type { LockRequest, LockSessionId, OwnerAge, OwnerName, ResourceName } from '../machine/ids.ts'

/** One drawn step: small numbers that a `LockScript` turns into a command, so that they shrink well. */
export interface DrawnStep {
  readonly kind: DrawnKind
  readonly session: number
  readonly owner: number
  readonly resource: number
  /** How many requests back the one is that is meant. */
  readonly back: number
  /** Which of the variants of that kind. */
  readonly variant: number
  readonly passMs: number
}

type DrawnKind = 'open' | 'renew' | 'close' | 'acquire' | 'permits' | 'again' | 'release' | 'release-all' | 'value'

/** As often as they stand here; what makes owners meet stands here more often. */
const kinds: readonly DrawnKind[] = [
  ...Array<DrawnKind>(13).fill('acquire'),
  ...Array<DrawnKind>(5).fill('permits'),
  ...Array<DrawnKind>(7).fill('release'),
  'open',
  'renew',
  'close',
  'again',
  'release-all',
  'value',
]
const passes: readonly number[] = [...Array<number>(24).fill(0), 1, 1, 10, 10, 100, 400, 1_000]

export const numbersPerStep = 7

/** A step from so many whole numbers, the simplest from zeros. */
export function stepFrom(numbers: readonly number[]): DrawnStep {
  const [kind = 0, session = 0, owner = 0, resource = 0, back = 0, variant = 0, pass = 0] = numbers
  return {
    kind: kinds[kind % kinds.length] ?? 'acquire',
    session: session % 4,
    owner: owner % 3,
    resource: resource % 6,
    back: back % 7,
    variant: variant % 8,
    passMs: passes[pass % passes.length] ?? 0,
  }
}

/** Turns drawn steps into commands with their contexts, for sessions that it numbers as the machine does. */
export class LockScript {
  #index = 0
  #now = 0
  readonly #opened: LockSessionId[] = []
  readonly #requests = new Map<LockSessionId, LockRequest>()
  readonly #acquires: LockCommand[] = []

  next({ passMs, ...step }: DrawnStep): { readonly command: LockCommand; readonly context: ApplyContext } {
    this.#index++
    this.#now += passMs
    const command = this.#opened.length < 2 ? this.#open(this.#index) : this.#command({ passMs, ...step })
    if (command.type === 'acquire' || command.type === 'acquire-permits') this.#acquires.push(command)
    return { command, context: contextAt(this.#index, this.#now) }
  }

  #command({ kind, session: drawn, owner, resource, back, variant }: DrawnStep): LockCommand {
    const session = this.#opened.at(-1 - (drawn % 4)) ?? (1 as LockSessionId)
    const known = Math.max(1, (this.#requests.get(session) ?? 1) - back) as LockRequest
    switch (kind) {
      case 'open':
        return this.#open(variant === 0 ? back : this.#index)
      case 'renew':
        return { type: 'renew', session }
      case 'close':
        return { type: 'close-session', session, orderly: variant % 2 === 0 }
      case 'acquire':
      case 'permits':
        return this.#asking(session, kind, { owner, resource, back, variant })
      case 'again':
        return this.#acquires.at(-1 - back) ?? { type: 'renew', session }
      case 'release':
        return {
          type: 'release',
          session,
          request: this.#releasable(session, known, variant),
          because: reasonOf(variant),
        }
      case 'release-all':
        return { type: 'release-all', session, owner: ownerOf(owner), ...(variant === 0 ? { request: known } : {}) }
      case 'value':
        return { type: 'set-value', session, request: known, value: `value ${variant}` }
      default:
        return unreachable(kind, 'kind of step')
    }
  }

  #open(key: number): LockCommand {
    this.#opened.push(this.#index as LockSessionId)
    return {
      type: 'open-session',
      key: new Uint8Array(16).fill(key),
      name: `client ${this.#index}`,
      ttlMs: 1_000 + 100 * (this.#index % 7),
      lockDelayMs: 200 * (this.#index % 3),
    }
  }

  /** Sometimes one that is still to come. */
  #releasable(session: LockSessionId, known: LockRequest, variant: number): LockRequest {
    return variant === 7 ? (((this.#requests.get(session) ?? 0) + 1) as LockRequest) : known
  }

  #asking(
    session: LockSessionId,
    kind: 'acquire' | 'permits',
    drawn: Pick<DrawnStep, 'owner' | 'resource' | 'back' | 'variant'>,
  ): LockCommand {
    const { resource, back, variant } = drawn
    const last = this.#requests.get(session) ?? 0
    // Some are left out for a while, and some come late.
    const offset = back === 5 ? 3 : back === 6 ? -1 : 1
    const request = Math.max(1, last + offset) as LockRequest
    this.#requests.set(session, Math.max(last, request) as LockRequest)
    const asking = {
      session,
      owner: ownerOf(drawn.owner),
      request,
      wait: variant < 7,
      ...(variant % 4 === 3 ? { value: `v${request}` } : {}),
      ...(back === 3 ? { age: 3 as OwnerAge } : {}),
    }
    if (kind === 'permits') {
      const capacity = 2 + (resource % 2)
      const permits = 1 + (variant % capacity)
      return { type: 'acquire-permits', ...asking, resource: `sem ${resource % 2}` as ResourceName, permits, capacity }
    }
    const mode = variant % 2 === 0 ? 'exclusive' : 'shared'
    return { type: 'acquire', ...asking, resource: `lock ${resource % 3}` as ResourceName, mode }
  }
}

function ownerOf(drawn: number): OwnerName {
  return `o${drawn % 3}` as OwnerName
}

function reasonOf(variant: number): ReleaseReason {
  return (['done', 'timeout', 'abort'] as const)[variant % 3] ?? 'done'
}

/** The context of an entry, in which what is emitted is lost. */
export function contextAt(index: number, time: number, emit: ApplyContext['emit'] = () => undefined): ApplyContext {
  return { index: index as Index, time: time as LogMillis, version: 1, emit }
}

/** Applies it, with an error of the machine as its result. */
export function applied(machine: Pick<LockMachine, 'apply'>, command: LockCommand, context: ApplyContext): object {
  try {
    return machine.apply(command, context)
  } catch (error) {
    if (!(error instanceof FlotillaError)) throw error
    return { type: 'refused', code: String(error.code) }
  }
}
