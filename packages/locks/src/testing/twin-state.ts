import type { LogMillis } from '@flotilla/raft'
import type { HeldMode } from '../machine/commands.ts'
import type { FencingToken, LockRequest, LockSessionId, OwnerAge, OwnerName, ResourceName } from '../machine/ids.ts'
import type { HolderState, LockStateView, ResourceState, WaiterState } from '../machine/state-view.ts'

export interface TwinSession {
  readonly id: LockSessionId
  readonly key: string
  readonly ttlMs: number
  readonly lockDelayMs: number
  expiresAt: LogMillis
}

/** One request, held or waiting. */
export interface TwinAsk {
  readonly session: LockSessionId
  readonly owner: OwnerName
  readonly request: LockRequest
  readonly resource: ResourceName
  readonly mode: HeldMode
  readonly permits: number
  readonly value: string | undefined
  /** Where it stands among those who wait. */
  order: number
  isHeld: boolean
}

/** What one owner has of one key, besides its requests. */
export interface TwinHold {
  readonly session: LockSessionId
  readonly owner: OwnerName
  readonly resource: ResourceName
  token: FencingToken
  value: string
}

export interface TwinOwner {
  readonly session: LockSessionId
  readonly owner: OwnerName
  readonly age: OwnerAge
  isDoomed: boolean
}

type Owned = Pick<TwinOwner, 'session' | 'owner'>

/** The twin's state: flat lists, out of which everything is worked out again whenever it is wanted. */
export class TwinState {
  sessions: TwinSession[] = []
  /** Those that are held in the order of their grants. */
  asks: TwinAsk[] = []
  holds: TwinHold[] = []
  owners: TwinOwner[] = []
  delays: { readonly resource: ResourceName; readonly until: LogMillis }[] = []
  capacities: Map<ResourceName, number> = new Map()

  held(resource: ResourceName): readonly TwinAsk[] {
    return this.asks.filter((ask) => ask.isHeld && ask.resource === resource)
  }

  heldBy(owned: Owned, resource: ResourceName): readonly TwinAsk[] {
    return this.held(resource).filter((ask) => isOf(ask, owned))
  }

  modeOf(owned: Owned, resource: ResourceName): HeldMode | undefined {
    const modes = this.heldBy(owned, resource).map(({ mode }) => mode)
    return modes.includes('exclusive') ? 'exclusive' : modes[0]
  }

  waiting(resource: ResourceName): readonly TwinAsk[] {
    const waiting = this.asks.filter((ask) => !ask.isHeld && ask.resource === resource)
    return waiting.toSorted((a, b) => Number(this.isUpgrade(b)) - Number(this.isUpgrade(a)) || a.order - b.order)
  }

  isUpgrade(ask: TwinAsk): boolean {
    return ask.mode === 'exclusive' && this.heldBy(ask, ask.resource).length > 0
  }

  owner(owned: Owned): TwinOwner | undefined {
    return this.owners.find((each) => isOf(each, owned))
  }

  hold(owned: Owned, resource: ResourceName): TwinHold | undefined {
    return this.holds.find((each) => isOf(each, owned) && each.resource === resource)
  }

  names(): readonly ResourceName[] {
    const names = new Set([...this.asks, ...this.delays].map(({ resource }) => resource))
    return [...names].toSorted((a, b) => (a < b ? -1 : 1))
  }

  view(): LockStateView['resources'] {
    return new Map(this.names().map((name) => [name, this.#resource(name)]))
  }

  #resource(name: ResourceName): ResourceState {
    return {
      name,
      capacity: this.capacities.get(name) ?? 0,
      delayedUntil: this.delays.find(({ resource }) => resource === name)?.until ?? (0 as LogMillis),
      holders: this.holds.filter(({ resource }) => resource === name).map((hold) => this.#holder(hold)),
      waiters: this.waiting(name).map((ask) => this.#waiter(ask)),
    }
  }

  #holder({ session, owner, resource, token, value }: TwinHold): HolderState {
    const asks = this.heldBy({ session, owner }, resource)
    return {
      session,
      owner,
      age: this.#age({ session, owner }),
      mode: this.modeOf({ session, owner }, resource) ?? 'shared',
      token,
      permits: asks.reduce((sum, { permits }) => sum + permits, 0),
      value,
      requests: asks.map(({ request }) => request),
    }
  }

  #waiter({ session, owner, mode, permits, request }: TwinAsk): WaiterState {
    return { session, owner, age: this.#age({ session, owner }), mode, permits, request }
  }

  #age(owned: Owned): OwnerAge {
    return this.owner(owned)?.age ?? (0 as OwnerAge)
  }
}

export function isOf(one: Owned, other: Owned): boolean {
  return one.session === other.session && one.owner === other.owner
}
