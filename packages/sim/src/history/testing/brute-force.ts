import type { Answer, Operation } from '../history.ts'
import type { Model } from '../model.ts'

/**
 * The dumb twin of the checker: tries every order of every choice of operations. For up to 7 of them. It neither splits
 * by key nor remembers anything, so it also shows that doing so changes no verdict.
 */
export function isLinearizableByBruteForce<State, Input, Output extends Answer>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output | undefined>[],
): boolean {
  const certain = operations.filter(({ ending }) => ending.type === 'completed')
  const open = operations.filter(({ ending }) => ending.type === 'unknown')
  for (const chosen of choicesOf(open)) {
    for (const order of ordersOf([...certain, ...chosen])) {
      if (keepsTime(order) && isAllowed(model, order)) return true
    }
  }
  return false
}

function* choicesOf<Item>(items: readonly Item[]): Generator<readonly Item[]> {
  for (let choice = 0; choice < 2 ** items.length; choice++) {
    yield items.filter((_, index) => ((choice >> index) & 1) === 1)
  }
}

function* ordersOf<Item>(items: readonly Item[]): Generator<readonly Item[]> {
  if (items.length === 0) yield []
  for (const [index, first] of items.entries()) {
    for (const rest of ordersOf(items.toSpliced(index, 1))) yield [first, ...rest]
  }
}

/** None stands after one that was called only when it had returned. */
function keepsTime<Input, Output>(order: readonly Operation<Input, Output>[]): boolean {
  return order.every((earlier, index) =>
    order
      .slice(index + 1)
      .every(({ ending }) => ending.type !== 'completed' || ending.at.sequence > earlier.invoked.sequence),
  )
}

function isAllowed<State, Input, Output extends Answer>(
  model: Model<State, Input, Output>,
  order: readonly Operation<Input, Output | undefined>[],
): boolean {
  const states = new Map<string | undefined, readonly State[]>()
  return order.every(({ input, ending }) => {
    const key = model.key?.(input)
    const output = ending.type === 'completed' ? ending.output : undefined
    const next = (states.get(key) ?? [model.init()]).flatMap((state) => model.step(state, input, output))
    states.set(key, next)
    return next.length > 0
  })
}
