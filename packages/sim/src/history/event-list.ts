import type { CompletedOperation } from './search.ts'

/** Before the first event and after the last. */
const sentinel = 0

/**
 * The calls and returns of completed operations in the order in which they happened, as a doubly linked list from which
 * an operation is lifted, and put back, in constant time (Wing & Gong 1993, Lowe 2017). Operation `i` of the given list
 * calls at node `2i + 1` and returns at node `2i + 2`.
 */
export class EventList {
  readonly #next: Int32Array
  readonly #previous: Int32Array

  /** `operations` are in order of call. */
  constructor(operations: readonly CompletedOperation<unknown, unknown>[]) {
    const length = 2 * operations.length + 1
    this.#next = new Int32Array(length)
    this.#previous = new Int32Array(length)
    const events = operations.flatMap(({ invoked, ending }, index) => [
      { node: 2 * index + 1, sequence: invoked.sequence },
      { node: 2 * index + 2, sequence: ending.at.sequence },
    ])
    events.sort((left, right) => left.sequence - right.sequence)
    let last = sentinel
    for (const { node } of events) {
      this.#link(last, node)
      last = node
    }
    this.#link(last, sentinel)
  }

  /** The call of the earliest operation that is not lifted. */
  get first(): number {
    return this.after(sentinel)
  }

  get isEmpty(): boolean {
    return this.first === sentinel
  }

  after(node: number): number {
    return this.#next[node] ?? sentinel
  }

  isCall(node: number): boolean {
    return node % 2 === 1
  }

  /** The index of the operation that calls or returns here. */
  operationAt(node: number): number {
    return (node - 1) >> 1
  }

  lift(operation: number): void {
    for (const node of [2 * operation + 1, 2 * operation + 2]) {
      this.#link(this.#before(node), this.after(node))
    }
  }

  /** Undoes the last `lift` that is not undone; in any other order the list would be spoilt. */
  putBack(operation: number): void {
    for (const node of [2 * operation + 2, 2 * operation + 1]) {
      this.#next[this.#before(node)] = node
      this.#previous[this.after(node)] = node
    }
  }

  #before(node: number): number {
    return this.#previous[node] ?? sentinel
  }

  #link(left: number, right: number): void {
    this.#next[left] = right
    this.#previous[right] = left
  }
}
