import { unreachable } from '@flotilla/core/errors'
import type { Model } from '../model.ts'

export type RegisterValue = string | number | null

export type RegisterInput =
  /** Answers the value; `null` before the first write. */
  | { readonly type: 'read'; readonly key: string }
  /** Answers `null`. */
  | { readonly type: 'write'; readonly key: string; readonly value: RegisterValue }
  /** Writes if the value is `expected`; answers whether it did. */
  | {
      readonly type: 'compare-and-set'
      readonly key: string
      readonly expected: RegisterValue
      readonly value: RegisterValue
    }

export type RegisterOutput = RegisterValue | boolean

/** Named values that are read, written and compared-and-set. */
export const register: Model<RegisterValue, RegisterInput, RegisterOutput> = {
  name: 'register',
  init: () => null,
  key: (input) => input.key,
  identify: (state) => `${typeof state} ${state}`,
  step(state, input, output): readonly RegisterValue[] {
    switch (input.type) {
      case 'read':
        return output === undefined || output === state ? [state] : []
      case 'write':
        return [input.value]
      case 'compare-and-set': {
        const swapped = state === input.expected
        if (output !== undefined && output !== swapped) return []
        return [swapped ? input.value : state]
      }
      default:
        return unreachable(input, 'register operation')
    }
  },
  isReadOnly: (input, output) => input.type === 'read' || (input.type === 'compare-and-set' && output === false),
  describe(input, output): string {
    const answer = output === undefined ? '?' : JSON.stringify(output)
    switch (input.type) {
      case 'read':
        return `read ${input.key} → ${answer}`
      case 'write':
        return `write ${input.key} = ${JSON.stringify(input.value)}`
      case 'compare-and-set':
        return `set ${input.key} = ${JSON.stringify(input.value)} if ${JSON.stringify(input.expected)} → ${answer}`
      default:
        return unreachable(input, 'register operation')
    }
  },
}
