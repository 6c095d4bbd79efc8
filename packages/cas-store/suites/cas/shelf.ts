import { unreachable } from '@flotilla/core/errors'
import type { Model } from '@flotilla/sim/history'

/** Two contents and two names that have to do with each other, and with no others. */
export interface ShelfState {
  /** Of each content: whether it is there, and whether it is pinned. */
  readonly present: readonly boolean[]
  readonly pinned: readonly boolean[]
  /** Of each name: the content that it stands for. */
  readonly names: readonly (number | undefined)[]
}

export type ShelfInput = { readonly shelf: number } & (
  | { readonly type: 'put'; readonly content: number; readonly name: number | undefined }
  | { readonly type: 'look'; readonly content: number }
  | { readonly type: 'look-by-name'; readonly name: number }
  | { readonly type: 'delete' | 'pin' | 'unpin'; readonly content: number }
  | { readonly type: 'name'; readonly name: number; readonly content: number }
  | { readonly type: 'unname'; readonly name: number }
)

/** `cut`: the power went, or the disk failed; it happened before that, or never. */
export type ShelfOutput = 'done' | 'not-found' | 'pinned' | 'cut' | boolean | number

interface Outcome {
  readonly output: ShelfOutput
  readonly state: ShelfState
}

const perShelf = [0, 1]

/** What a store promises about blobs, names and pins, said as simply as it can be said. */
export const shelf: Model<ShelfState, ShelfInput, ShelfOutput> = {
  name: 'blob store',
  init: () => ({
    present: perShelf.map(() => false),
    pinned: perShelf.map(() => false),
    names: perShelf.map(() => undefined),
  }),
  key: (input) => `shelf ${input.shelf}`,
  identify: ({ present, pinned, names }) => JSON.stringify([present, pinned, names.map((name) => name ?? null)]),
  step(state, input, output) {
    const outcome = outcomeOf(state, input)
    if (output === 'cut' || output === undefined) return outcome.state === state ? [state] : [state, outcome.state]
    return outcome.output === output ? [outcome.state] : []
  },
  isReadOnly: (input) => input.type === 'look' || input.type === 'look-by-name',
  describe(input, output) {
    const target = 'content' in input ? ` ${input.content}` : ''
    const name = 'name' in input && input.name !== undefined ? ` as ${input.name}` : ''
    return `${input.type}${target}${name} on shelf ${input.shelf} → ${String(output ?? '?')}`
  },
}

function outcomeOf(state: ShelfState, input: ShelfInput): Outcome {
  switch (input.type) {
    case 'put': {
      const names = input.name === undefined ? state.names : state.names.with(input.name, input.content)
      return { output: 'done', state: { ...state, present: state.present.with(input.content, true), names } }
    }
    case 'look':
      return { output: state.present[input.content] === true ? 'done' : 'not-found', state }
    case 'look-by-name':
      return { output: state.names[input.name] ?? 'not-found', state }
    case 'delete':
      return deleted(state, input.content)
    case 'pin':
    case 'unpin':
      if (state.present[input.content] !== true) return { output: 'not-found', state }
      return { output: 'done', state: { ...state, pinned: state.pinned.with(input.content, input.type === 'pin') } }
    case 'name':
      if (state.present[input.content] !== true) return { output: 'not-found', state }
      return { output: 'done', state: { ...state, names: state.names.with(input.name, input.content) } }
    case 'unname':
      if (state.names[input.name] === undefined) return { output: false, state }
      return { output: true, state: { ...state, names: state.names.with(input.name, undefined) } }
    default:
      return unreachable(input, 'operation on a shelf')
  }
}

function deleted(state: ShelfState, content: number): Outcome {
  if (state.present[content] !== true) return { output: false, state }
  if (state.pinned[content] === true) return { output: 'pinned', state }
  const names = state.names.map((named) => (named === content ? undefined : named))
  return { output: true, state: { ...state, present: state.present.with(content, false), names } }
}
