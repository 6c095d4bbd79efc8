import { assert } from '@flotilla/core/errors'
import type { Budget } from './budget.ts'
import { EventList } from './event-list.ts'
import type { Answer, Ending, Operation } from './history.ts'
import type { ForeseeingModel, Model } from './model.ts'
import { emptyOpenSet, has, withMember, type OpenSet } from './open-set.ts'
import { SeenConfigurations } from './seen-configurations.ts'

export interface CompletedOperation<Input, Output> extends Operation<Input, Output> {
  readonly ending: Extract<Ending<Output>, { readonly type: 'completed' }>
}

export type SearchResult<Input, Output> =
  /** The operations in an order that explains every answer. Open ones that are not needed for it are left out. */
  | { readonly type: 'found'; readonly order: readonly Operation<Input, Output>[] }
  /** There is no such order; the answers before `stuck` got its own can be explained, and no search came further. */
  | { readonly type: 'exhausted'; readonly stuck: CompletedOperation<Input, Output> }
  | { readonly type: 'budget-spent' }

/**
 * A point of the search: what has been placed, the state it left, and how far the ways on from here have been tried.
 */
interface Place<State> {
  readonly from: Place<State> | undefined
  /** The completed operation (from 0) or open one (from `completed.length`) whose placing led here; -1 at the root. */
  readonly placed: number
  readonly state: State
  readonly opens: OpenSet
  /** The latest called completed operation placed so far. */
  readonly latest: number
  /** Which completed candidates are being tried. `settled`: one that goes first fits here, so no other needs to be. */
  stage: 'goes-first' | 'others' | 'settled'
  /** The completed candidate to be tried next; the first return once all have been. */
  node: number
  /** The open operation to be tried next. */
  open: number
  /** What `candidate` may lead to; those before `successor` have been tried. */
  candidate: number
  successors: readonly State[]
  successor: number
}

/**
 * Looks for an order of all completed operations and any of the open ones in which each lies between its call and its
 * return and the model allows every answer (Wing & Gong 1993, with the memory of Lowe 2017). Operations belong to one
 * key and are in order of call; failed ones must have been left out. The answer `undefined` allows any.
 */
export function search<State, Input, Output extends Answer, Seen extends Output | undefined>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Seen>[],
  budget: Budget,
): SearchResult<Input, Seen> {
  const foreseeing = model.foresee?.(operations)
  if (foreseeing === undefined) return new Search(model, undefined, operations, budget).run()
  return new Search(foreseeing, foreseeing, operations, budget).run()
}

export function isCompleted<Input, Output>(
  operation: Operation<Input, Output>,
): operation is CompletedOperation<Input, Output> {
  return operation.ending.type === 'completed'
}

type Foresight<Input, Output extends Answer> = Pick<ForeseeingModel<unknown, Input, Output>, 'goesFirst' | 'likeness'>

class Search<State, Input, Output extends Answer, Seen extends Output | undefined> {
  readonly #model: Model<State, Input, Output>
  readonly #completed: readonly CompletedOperation<Input, Seen>[]
  /** By completed operation. */
  readonly #goesFirst: readonly boolean[]
  /** Those that could change something. */
  readonly #open: readonly Operation<Input, Seen>[]
  /** For each open operation, the last before it that can stand in for it, or -1. */
  readonly #standIns: readonly number[]
  readonly #budget: Budget
  /** The events of the completed operations that are not placed. */
  readonly #events: EventList
  readonly #seen = new SeenConfigurations()
  /** The completed operation at whose return the search that came furthest had to stop. */
  #stuck: CompletedOperation<Input, Seen> | undefined

  constructor(
    model: Model<State, Input, Output>,
    foresight: Foresight<Input, Output> | undefined,
    operations: readonly Operation<Input, Seen>[],
    budget: Budget,
  ) {
    this.#model = model
    this.#completed = operations.filter(isCompleted)
    const isReadOnly = (input: Input, output?: Output): boolean => model.isReadOnly?.(input, output) ?? false
    this.#goesFirst = this.#completed.map(
      ({ input, ending: { output } }) => isReadOnly(input, output) || (foresight?.goesFirst(input, output) ?? false),
    )
    this.#open = operations.filter((operation) => !isCompleted(operation) && !isReadOnly(operation.input))
    this.#standIns = standInsOf(this.#open.map(({ input }) => foresight?.likeness(input)))
    this.#budget = budget
    this.#events = new EventList(this.#completed)
  }

  /** Depth first on a chain of places instead of the call stack, which would overflow on long histories. */
  run(): SearchResult<Input, Seen> {
    let place: Place<State> | undefined = this.#root()
    this.#isNew(place)
    while (place !== undefined && !this.#events.isEmpty) {
      if (this.#budget.left === 0) return { type: 'budget-spent' }
      place = this.#advance(place) ?? this.#retreat(place)
    }
    if (place !== undefined) return { type: 'found', order: this.#orderOf(place) }
    // A budget that ends within a step looks like a dead end all the way back.
    if (this.#budget.left === 0) return { type: 'budget-spent' }
    assert(this.#stuck !== undefined, 'a search that fails was stopped by some return')
    return { type: 'exhausted', stuck: this.#stuck }
  }

  #root(): Place<State> {
    const opens = emptyOpenSet(this.#open.length)
    return this.#arrive(undefined, -1, this.#model.init(), opens, -1)
  }

  #arrive(from: Place<State> | undefined, placed: number, state: State, opens: OpenSet, latest: number): Place<State> {
    const node = this.#events.first
    const untried = { stage: 'goes-first', node, open: 0, candidate: -1, successors: [], successor: 0 } as const
    return { from, placed, state, opens, latest, ...untried }
  }

  /** Places one more operation; undefined if every way on from here has been tried. */
  #advance(place: Place<State>): Place<State> | undefined {
    for (;;) {
      while (place.successor < place.successors.length) {
        const next = this.#follow(place, place.successors[place.successor++] as State)
        if (next !== undefined) return next
      }
      if (place.stage === 'settled') return undefined
      if (!this.#tryNextCompleted(place) && !this.#tryNextOpen(place)) return undefined
    }
  }

  /** Goes to the place where the candidate left `state`, unless the search has been there. */
  #follow(place: Place<State>, state: State): Place<State> | undefined {
    const { candidate } = place
    const isOpen = candidate >= this.#completed.length
    const opens = isOpen ? withMember(place.opens, candidate - this.#completed.length) : place.opens
    if (!isOpen) this.#events.lift(candidate)
    const latest = isOpen ? place.latest : Math.max(place.latest, candidate)
    const next = this.#arrive(place, candidate, state, opens, latest)
    if (this.#isNew(next)) return next
    if (!isOpen) this.#events.putBack(candidate)
    return undefined
  }

  /**
   * Every operation called before the first return that is still to come may be the next. One that goes first (above
   * all, one that changes nothing) can be moved here in any order that works if it fits here: no other needs a visit.
   */
  #tryNextCompleted(place: Place<State>): boolean {
    while (this.#events.isCall(place.node)) {
      const index = this.#events.operationAt(place.node)
      place.node = this.#events.after(place.node)
      if (this.#goesFirst[index] === (place.stage === 'goes-first')) return this.#tryCompleted(place, index)
    }
    if (place.stage !== 'goes-first') return false
    place.stage = 'others'
    place.node = this.#events.first
    return this.#tryNextCompleted(place)
  }

  #tryCompleted(place: Place<State>, index: number): boolean {
    const { input, ending } = this.#completed[index] as CompletedOperation<Input, Seen>
    if (!this.#try(place, index, input, ending.output)) return false
    if (place.stage === 'goes-first' && place.successors.length > 0) place.stage = 'settled'
    return true
  }

  /** Open operations come after the completed ones: a search that needs few of them finds its way sooner. */
  #tryNextOpen(place: Place<State>): boolean {
    const until = this.#returnAt(place.node)?.ending.at.sequence ?? -1
    while (place.open < this.#open.length && !this.#isOpenCandidate(place)) place.open++
    const operation = this.#open[place.open]
    if (operation === undefined || operation.invoked.sequence > until) return false
    if (!this.#try(place, this.#completed.length + place.open++, operation.input, undefined)) return false
    return this.#leaveOutDetours(place, operation.input)
  }

  /** Of those that can stand in for each other, the one called first will always do. */
  #isOpenCandidate({ open, opens }: Place<State>): boolean {
    const standIn = this.#standIns[open] ?? -1
    return !has(opens, open) && (standIn === -1 || has(opens, standIn))
  }

  /**
   * If the last operation placed is open too, then what this one leads to without it is not worth a visit by way of it.
   * Without this rule the search would first go through all of the open ones, and then through every subset of them.
   */
  #leaveOutDetours(place: Place<State>, input: Input): boolean {
    if (place.from === undefined || place.placed < this.#completed.length) return true
    if (!this.#budget.spend()) return false
    const direct = this.#model.step(place.from.state, input, undefined).map((state) => this.#model.identify(state))
    place.successors = place.successors.filter((state) => !direct.includes(this.#model.identify(state)))
    return true
  }

  /** False if the budget is spent. */
  #try(place: Place<State>, candidate: number, input: Input, output: Output | undefined): boolean {
    if (!this.#budget.spend()) return false
    place.candidate = candidate
    place.successors = this.#model.step(place.state, input, output)
    place.successor = 0
    return true
  }

  /** The operation that returns at a node; undefined if that is a call. */
  #returnAt(node: number): CompletedOperation<Input, Seen> | undefined {
    return this.#events.isCall(node) ? undefined : this.#completed[this.#events.operationAt(node)]
  }

  /** A dead end: notes how far it was and takes the last operation back. */
  #retreat(place: Place<State>): Place<State> | undefined {
    const stuck = this.#returnAt(place.node)
    if (stuck !== undefined && stuck.ending.at.sequence > (this.#stuck?.ending.at.sequence ?? -1)) this.#stuck = stuck
    if (place.placed >= 0 && place.placed < this.#completed.length) this.#events.putBack(place.placed)
    return place.from
  }

  /**
   * The completed operations placed are named by the latest one and the gaps before it. Whatever is in a gap was in
   * flight when the latest was called, so there are at most as many gaps as clients, however long the history.
   */
  #isNew(place: Place<State>): boolean {
    let placed = String(place.latest)
    let node = this.#events.first
    while (this.#events.isCall(node) && this.#events.operationAt(node) < place.latest) {
      placed += `,${this.#events.operationAt(node)}`
      node = this.#events.after(node)
    }
    return this.#seen.add(`${placed} ${this.#model.identify(place.state)}`, place.opens, this.#budget)
  }

  #orderOf(last: Place<State>): readonly Operation<Input, Seen>[] {
    const order: Operation<Input, Seen>[] = []
    for (let place: Place<State> | undefined = last; place !== undefined; place = place.from) {
      const operation = this.#completed[place.placed] ?? this.#open[place.placed - this.#completed.length]
      if (operation !== undefined) order.push(operation)
    }
    return order.toReversed()
  }
}

function standInsOf(likenesses: readonly (string | undefined)[]): readonly number[] {
  const last = new Map<string, number>()
  return likenesses.map((likeness, index) => {
    if (likeness === undefined) return -1
    const standIn = last.get(likeness) ?? -1
    last.set(likeness, index)
    return standIn
  })
}
