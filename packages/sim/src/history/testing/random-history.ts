import type { Prng } from '@flotilla/core/random'
import { HistoryRecorder, type Answer, type Operation, type OperationId } from '../history.ts'
import type { Model } from '../model.ts'

export interface Workload<State, Input, Output extends Answer> {
  readonly model: Model<State, Input, Output>
  /** `index` counts the operations of the history. */
  draw(random: Prng, index: number): Input
  /** All answers there may be after so many calls: a true one is the first that the model allows, a lie is any. */
  answers(input: Input, called: number): readonly Output[]
}

export interface Chances {
  readonly clients: number
  readonly operations: number
  /** In a thousand operations. */
  readonly unknown: number
  readonly failed: number
  readonly lies: number
}

interface Doing<Input, Output> {
  readonly id: OperationId
  readonly input: Input
  answer?: Output
}

/**
 * What the clients of an honest object would record, but for the lies: each operation takes effect at a drawn moment
 * between its call and its return, an unknown one after its call or never.
 */
export function randomHistory<State, Input, Output extends Answer>(
  random: Prng,
  workload: Workload<State, Input, Output>,
  chances: Chances,
): readonly Operation<Input, Output>[] {
  const recorder = new HistoryRecorder<Input, Output>({ nowMs: () => 0 })
  const object = new HonestObject(workload)
  const doing = new Map<string, Doing<Input, Output>>()
  const late: Input[] = []
  let called = 0

  const end = (operation: Doing<Input, Output>): boolean => {
    const { id, input, answer } = operation
    if (answer !== undefined) {
      const isLie = random.chance(chances.lies, 1_000)
      recorder.complete(id, isLie ? random.pick(workload.answers(input, called)) : answer)
      return true
    }
    if (random.chance(chances.unknown, 1_000)) {
      recorder.unknown(id)
      if (random.chance(1, 2)) late.push(input)
      return true
    }
    const performed = random.chance(chances.failed, 1_000) ? undefined : object.perform(input, called)
    if (performed === undefined) recorder.fail(id)
    else operation.answer = performed
    return performed === undefined
  }

  while (called < chances.operations || doing.size > 0) {
    if (late.length > 0 && random.chance(1, 8))
      object.perform(late.splice(random.below(late.length), 1)[0] as Input, called)
    const client = `c${random.below(chances.clients)}`
    const operation = doing.get(client)
    if (operation !== undefined && end(operation)) doing.delete(client)
    if (operation !== undefined || called === chances.operations) continue
    const input = workload.draw(random, called++)
    doing.set(client, { id: recorder.invoke(client, input), input })
  }
  return recorder.operations()
}

class HonestObject<State, Input, Output extends Answer> {
  readonly #workload: Workload<State, Input, Output>
  readonly #states = new Map<string | undefined, State>()

  constructor(workload: Workload<State, Input, Output>) {
    this.#workload = workload
  }

  /** Undefined if it would have to wait. */
  perform(input: Input, called: number): Output | undefined {
    const { model } = this.#workload
    const key = model.key?.(input)
    const state = this.#states.get(key) ?? model.init()
    for (const answer of this.#workload.answers(input, called)) {
      const [next] = model.step(state, input, answer)
      if (next === undefined) continue
      this.#states.set(key, next)
      return answer
    }
    return undefined
  }
}
