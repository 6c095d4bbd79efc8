import { unreachable } from '@flotilla/core/errors'
import type { ApplyContext, LogMillis } from '@flotilla/raft'
import type { AcquireCommand, AcquirePermitsCommand, LockCommand, LockRefusalCode } from '../machine/commands.ts'
import type { FencingToken, LockRequest, LockSessionId, OwnerAge, OwnerName, ResourceName } from '../machine/ids.ts'
import type { DeadlockState } from '../machine/state-view.ts'
import { ownerKey } from './invariants/lock-invariant.ts'
import { stuckOwners } from './invariants/stuck-owners.ts'
import { isOf, TwinState, type TwinAsk, type TwinSession } from './twin-state.ts'

type AskCommand = AcquireCommand | AcquirePermitsCommand

/** What the twin has to say about a command: the fields of the result that it can work out. */
export type TwinResult = { readonly type: string } & Readonly<Record<string, unknown>>

/**
 * The lock machine once more, as simply as it can be said: flat lists, everything worked out from scratch after each
 * command, no limits. Which one of a ring gives way it does not choose; it is told, and complains if there was no ring,
 * or if one is left.
 */
export class LockTwin {
  readonly state: TwinState = new TwinState()
  lastToken: FencingToken = 0 as FencingToken
  #now: LogMillis = 0 as LogMillis
  #arrivals = 0
  /** Requests that have come, of all sessions: `session/request`. */
  readonly #come = new Set<string>()
  readonly #victims = new Set<string>()

  apply(command: LockCommand, context: ApplyContext, reported: readonly DeadlockState[]): TwinResult {
    this.tick(context.time)
    const result = this.#run(command, context, reported)
    this.#grantAll()
    return command.type === 'acquire' || command.type === 'acquire-permits' ? this.#asStanding(command, result) : result
  }

  tick(time: LogMillis): void {
    this.#now = time
    const { state } = this
    const due = state.sessions.filter(({ expiresAt }) => expiresAt <= time)
    for (const session of due) this.#endSession(session, false)
    state.delays = state.delays.filter(({ until }) => until > time)
    this.#grantAll()
  }

  #run(command: LockCommand, context: ApplyContext, reported: readonly DeadlockState[]): TwinResult {
    const { state } = this
    if (command.type === 'open-session') return this.#open(command, context)
    const session = state.sessions.find(({ id }) => id === command.session)
    if (session === undefined) return { type: 'session-expired' }
    switch (command.type) {
      case 'acquire':
      case 'acquire-permits':
        return this.#acquire(command, context, reported)
      case 'release':
        return this.#release(session, command.request)
      case 'release-all': {
        const owned = { session: session.id, owner: command.owner }
        const asks = state.asks.filter((ask) => isOf(ask, owned))
        if (command.request !== undefined) this.#come.add(`${session.id}/${command.request}`)
        this.#drop((ask) => isOf(ask, owned))
        const granted = asks.filter(({ isHeld }) => isHeld).length
        return { type: 'all-released', granted, waiting: asks.length - granted }
      }
      case 'renew': {
        session.expiresAt = (this.#now + session.ttlMs) as LogMillis
        const asks = state.asks.filter((ask) => ask.session === session.id)
        const granted = asks.filter(({ isHeld }) => isHeld).length
        return { type: 'renewed', granted, waiting: asks.length - granted }
      }
      case 'close-session':
        this.#endSession(session, command.orderly)
        return { type: 'session-closed' }
      case 'set-value': {
        const ask = this.#ask(session.id, command.request)
        const hold = ask?.isHeld === true ? state.hold(ask, ask.resource) : undefined
        if (hold === undefined) return { type: 'not-held' }
        hold.value = command.value
        return { type: 'value-set' }
      }
      default:
        return unreachable(command, 'command')
    }
  }

  #open(command: Extract<LockCommand, { type: 'open-session' }>, { index }: ApplyContext): TwinResult {
    const { ttlMs, lockDelayMs } = command
    const key = command.key.join()
    const expiresAt = (this.#now + ttlMs) as LogMillis
    const known = this.state.sessions.find((each) => each.key === key)
    if (known === undefined) {
      const id = index as number as LockSessionId
      this.state.sessions.push({ id, key, ttlMs, lockDelayMs, expiresAt })
      return { type: 'session-opened', session: id }
    }
    known.expiresAt = (this.#now + known.ttlMs) as LogMillis
    return { type: 'session-opened', session: known.id }
  }

  #acquire(command: AskCommand, context: ApplyContext, reported: readonly DeadlockState[]): TwinResult {
    const { state } = this
    const { session, owner: name, request, resource } = command
    const known = this.#ask(session, request)
    if (known !== undefined) return isSameAsk(known, command) ? { type: 'standing' } : refused('request-in-use')
    if (this.#come.has(`${session}/${request}`)) return this.#ended(command)
    const owner = state.owner({ session, owner: name })
    if (owner?.isDoomed === true) return { type: 'deadlock', age: owner.age }
    const capacity = command.type === 'acquire' ? 0 : command.capacity
    if (command.type === 'acquire-permits' && command.permits > capacity) return refused('wrong-request')
    const isInUse = state.names().includes(resource)
    if (isInUse && (state.capacities.get(resource) ?? 0) !== capacity) return refused('wrong-kind')
    if (!isInUse) state.capacities.set(resource, capacity)
    const ask = this.#newAsk(command)
    if (this.#canHaveNow(ask)) {
      this.#know(ask, command, context)
      this.#give(ask)
      return { type: 'standing' }
    }
    if (!command.wait) return { type: 'busy' }
    if (state.asks.some((each) => isOf(each, ask) && !each.isHeld)) return refused('owner-waits')
    this.#know(ask, command, context)
    state.asks.push(ask)
    const { age } = state.owner(ask) ?? { age: 0 }
    this.#breakDeadlocks(reported)
    return { type: 'standing', age }
  }

  #newAsk(command: AskCommand): TwinAsk {
    const { session, owner, request, resource, value } = command
    const isLock = command.type === 'acquire'
    const mode = isLock ? command.mode : 'permits'
    const permits = isLock ? 0 : command.permits
    const order = this.#arrivals++
    return { session, owner, request, resource, mode, permits, value, order, isHeld: false }
  }

  #know({ session, owner, request }: TwinAsk, { age: formerAge }: AskCommand, { index }: ApplyContext): void {
    const age = Math.min(formerAge ?? index, index) as OwnerAge
    if (this.state.owner({ session, owner }) === undefined) {
      this.state.owners.push({ session, owner, age, isDoomed: false })
    }
    this.#come.add(`${session}/${request}`)
  }

  #canHaveNow(ask: TwinAsk): boolean {
    const { state } = this
    const { resource, mode } = ask
    const held = state.modeOf(ask, resource)
    if (mode !== 'permits' && held !== undefined) return mode === 'shared' || held === 'exclusive' || this.#isAlone(ask)
    return state.waiting(resource).length === 0 && this.#isFree(ask)
  }

  #isAlone(ask: TwinAsk): boolean {
    return this.state.held(ask.resource).every((each) => isOf(each, ask))
  }

  /** Could it be granted if nobody else waited? */
  #isFree(ask: TwinAsk): boolean {
    const { state } = this
    const { resource, mode, permits } = ask
    if (state.delays.some((each) => each.resource === resource)) return false
    const held = state.held(resource)
    if (mode === 'exclusive') return this.#isAlone(ask)
    if (mode === 'shared') return held.every((each) => each.mode === 'shared')
    return held.reduce((sum, each) => sum + each.permits, permits) <= (state.capacities.get(resource) ?? 0)
  }

  #give(ask: TwinAsk): void {
    const { state } = this
    const { session, owner, resource, mode } = ask
    const before = state.modeOf(ask, resource)
    const others = state.held(resource)
    state.asks = [...state.asks.filter((each) => each !== ask), ask]
    ask.isHeld = true
    let hold = state.hold(ask, resource)
    if (hold === undefined) {
      const reader = mode === 'shared' ? others[0] : undefined
      const token = (reader && state.hold(reader, resource)?.token) ?? this.#drawToken()
      hold = { session, owner, resource, token, value: '' }
      state.holds.push(hold)
    } else if (mode === 'exclusive' && before === 'shared') hold.token = this.#drawToken()
    if (ask.value !== undefined) hold.value = ask.value
  }

  #drawToken(): FencingToken {
    this.lastToken = (this.lastToken + 1) as FencingToken
    return this.lastToken
  }

  #release(session: TwinSession, request: LockRequest): TwinResult {
    const ask = this.#ask(session.id, request)
    this.#come.add(`${session.id}/${request}`)
    if (ask === undefined) return { type: 'not-held' }
    if (!ask.isHeld) {
      this.#drop((each) => each === ask)
      return { type: 'withdrawn' }
    }
    const { resource } = ask
    const hold = this.state.hold(ask, resource)
    this.#drop((each) => each === ask)
    return { type: 'released', holds: this.state.heldBy(ask, resource).length, token: hold?.token }
  }

  /** Takes asks away, and whatever nobody needs any more without them. */
  #drop(isGone: (ask: TwinAsk) => boolean): void {
    const { state } = this
    const modes = state.holds.map((hold) => state.modeOf(hold, hold.resource))
    const upgrades = state.asks.filter((ask) => !ask.isHeld && state.isUpgrade(ask))
    state.asks = state.asks.filter((ask) => !isGone(ask))
    for (const [at, hold] of state.holds.entries()) {
      if (modes[at] === 'exclusive' && state.modeOf(hold, hold.resource) === 'shared') hold.token = this.#drawToken()
    }
    state.holds = state.holds.filter((hold) => state.heldBy(hold, hold.resource).length > 0)
    state.owners = state.owners.filter((owner) => state.asks.some((ask) => isOf(ask, owner)))
    for (const ask of upgrades) {
      // It gave up what it wanted to upgrade, and stands first all the same.
      if (!state.isUpgrade(ask)) ask.order = Math.min(...state.waiting(ask.resource).map(({ order }) => order)) - 1
    }
  }

  #endSession(session: TwinSession, isOrderly: boolean): void {
    const { state } = this
    state.sessions = state.sessions.filter((each) => each !== session)
    const owned = state.holds.filter((hold) => hold.session === session.id)
    const exclusive = owned.filter((hold) => state.modeOf(hold, hold.resource) === 'exclusive')
    this.#drop((ask) => ask.session === session.id)
    if (isOrderly || session.lockDelayMs === 0) return
    const until = (this.#now + session.lockDelayMs) as LogMillis
    for (const { resource } of exclusive) state.delays.push({ resource, until })
  }

  #breakDeadlocks(reported: readonly DeadlockState[]): void {
    for (const victim of reported) {
      const stuck = stuckOwners(this.state.view())
      if (!stuck.has(ownerKey(victim))) throw new Error(`${ownerKey(victim)} gave way, and was in no deadlock`)
      const owner = this.state.owner(victim)
      if (owner !== undefined) owner.isDoomed = true
      this.#victims.add(`${victim.session}/${victim.request}/${owner?.age ?? 0}`)
      this.#drop((ask) => ask.session === victim.session && ask.request === victim.request)
    }
    const stuck = stuckOwners(this.state.view())
    if (stuck.size > 0) throw new Error(`a deadlock is left: ${[...stuck].join(', ')}`)
  }

  #grantAll(): void {
    for (const name of this.state.names()) {
      for (let next = this.#next(name); next !== undefined; next = this.#next(name)) this.#give(next)
    }
  }

  #next(name: ResourceName): TwinAsk | undefined {
    const [first] = this.state.waiting(name)
    return first !== undefined && this.#isFree(first) ? first : undefined
  }

  #ask(session: LockSessionId, request: LockRequest): TwinAsk | undefined {
    return this.state.asks.find((ask) => ask.session === session && ask.request === request)
  }

  #ended({ session, request }: AskCommand): TwinResult {
    const prefix = `${session}/${request}/`
    const victim = [...this.#victims].find((each) => each.startsWith(prefix))
    return victim === undefined ? { type: 'ended' } : { type: 'deadlock', age: Number(victim.slice(prefix.length)) }
  }

  #asStanding(command: AskCommand, result: TwinResult): TwinResult {
    if (result.type !== 'standing') return result
    const { state } = this
    const ask = this.#ask(command.session, command.request)
    if (ask === undefined) return this.#ended(command)
    const age = state.owner(ask)?.age
    if (!ask.isHeld) return { type: 'waiting', ahead: state.waiting(ask.resource).indexOf(ask), age }
    const holds = state.heldBy(ask, ask.resource).length
    return { type: 'granted', token: state.hold(ask, ask.resource)?.token, holds, age }
  }
}

function isSameAsk(ask: TwinAsk, { owner, resource }: { owner: OwnerName; resource: ResourceName }): boolean {
  return ask.owner === owner && ask.resource === resource
}

function refused(code: LockRefusalCode): TwinResult {
  return { type: 'refused', code }
}
