import type { Operation, OperationId } from './history.ts'
import type { SearchResult } from './search.ts'

/** Whether some operations can be explained, as far as the budget goes. Here an answer may be struck out: undefined. */
export type Ask<Input, Output> = (
  operations: readonly Operation<Input, Output | undefined>[],
) => SearchResult<Input, Output | undefined>

/** Makes a story easier to explain. */
export type Soften<Input, Output> = (
  operations: readonly Operation<Input, Output>[],
) => readonly Operation<Input, Output | undefined>[]

export interface Story<Input, Output> {
  readonly operations: readonly Operation<Input, Output>[]
  /** Never dropped. */
  readonly culprit: Operation<Input, Output>
  /** Stories that must stay explainable. */
  readonly milder: readonly Soften<Input, Output>[]
  readonly ask: Ask<Input, Output>
}

/**
 * Delta debugging (Zeller 2002): drops runs of operations, long ones first, then single ones until none can be spared.
 * Operations belong together, such as an enqueue and the dequeue of its value: when a drop leaves something else
 * without an explanation, that goes as well, and the drop counts only if the culprit is all that is wrong in the end.
 */
export function shrunk<Input, Output>(story: Story<Input, Output>): readonly Operation<Input, Output>[] {
  let operations = story.operations
  for (let length = operations.length >> 1; length >= 1; length >>= 1) {
    operations = withoutRuns(story, operations, length)
  }
  for (let before = Infinity; operations.length < before;) {
    before = operations.length
    operations = withoutRuns(story, operations, 1)
  }
  return operations
}

function withoutRuns<Input, Output>(
  story: Story<Input, Output>,
  operations: readonly Operation<Input, Output>[],
  length: number,
): readonly Operation<Input, Output>[] {
  let kept = operations
  for (let start = 0; start < kept.length;) {
    const run = kept.slice(start, start + length)
    const rest = withoutRun(story, kept, run)
    if (rest === undefined) start += length
    else kept = rest
  }
  return kept
}

/** What is left when `run` and what depends on it is dropped; undefined if the story would be another one. */
function withoutRun<Input, Output>(
  story: Story<Input, Output>,
  operations: readonly Operation<Input, Output>[],
  run: readonly Operation<Input, Output>[],
): readonly Operation<Input, Output>[] | undefined {
  const dropped = new Set<OperationId>(run.map(({ id }) => id))
  // As many again may depend on it, and a few more so that a single one may have its circle.
  const droppedMax = 2 * run.length + 3
  while (!dropped.has(story.culprit.id) && dropped.size <= droppedMax) {
    const rest = operations.filter(({ id }) => !dropped.has(id))
    const obstacle = firstObstacle(story, rest)
    if (obstacle === 'unclear') return undefined
    if (obstacle === undefined) return story.ask(rest).type === 'exhausted' ? rest : undefined
    dropped.add(obstacle)
  }
  return undefined
}

/** The operation that spoils one of the milder stories. */
function firstObstacle<Input, Output>(
  { milder, ask }: Story<Input, Output>,
  operations: readonly Operation<Input, Output>[],
): OperationId | 'unclear' | undefined {
  for (const soften of milder) {
    const result = ask(soften(operations))
    if (result.type === 'budget-spent') return 'unclear'
    if (result.type === 'exhausted') return result.stuck.id
  }
  return undefined
}
