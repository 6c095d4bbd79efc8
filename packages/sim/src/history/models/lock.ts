import { unreachable } from '@flotilla/core/errors'
import type { Model } from '../model.ts'

export type LockInput =
  /** Waits until the lock is free; answers the fencing token. */
  | { readonly type: 'acquire'; readonly lock: string; readonly owner: string }
  /** Answers the fencing token, or `null` if somebody holds the lock. */
  | { readonly type: 'try-acquire'; readonly lock: string; readonly owner: string }
  /** Answers whether this grant held the lock until now. */
  | { readonly type: 'release'; readonly lock: string; readonly owner: string; readonly token: number }
  /** The owner's session ends, and with it its grant if it has one; answers `null`. */
  | { readonly type: 'expire'; readonly lock: string; readonly owner: string }

export type LockOutput = number | boolean | null

export interface LockState {
  readonly holder: string | undefined
  /** Of the holder; undefined while nobody holds the lock, and where nobody saw the grant's answer. */
  readonly token: number | undefined
  /** The next grant's token is at least this. */
  readonly nextToken: number
}

/** Mutual exclusion with fencing tokens that rise with every grant. It is not re-entrant. */
export const lock: Model<LockState, LockInput, LockOutput> = {
  name: 'lock',
  init: () => ({ holder: undefined, token: undefined, nextToken: 0 }),
  key: (input) => input.lock,
  identify: ({ holder, token, nextToken }) => JSON.stringify([holder, token, nextToken]),
  step(state, input, output): readonly LockState[] {
    switch (input.type) {
      case 'acquire':
        return state.holder === undefined ? grant(state, input.owner, output) : []
      case 'try-acquire':
        if (state.holder === undefined) return grant(state, input.owner, output)
        return output === undefined || output === null ? [state] : []
      case 'release':
        return release(state, input.owner, input.token, output)
      case 'expire':
        return [state.holder === input.owner ? freed(state) : state]
      default:
        return unreachable(input, 'lock operation')
    }
  },
  isReadOnly: (input, output) =>
    (input.type === 'try-acquire' && output === null) || (input.type === 'release' && output === false),
  describe(input, output): string {
    const answer = output === undefined ? '?' : String(output)
    switch (input.type) {
      case 'acquire':
      case 'try-acquire':
        return `${input.type} ${input.lock} as ${input.owner} → ${output === null ? 'busy' : `token ${answer}`}`
      case 'release':
        return `release ${input.lock} as ${input.owner} with token ${input.token} → ${answer}`
      case 'expire':
        return `expire ${input.owner} at ${input.lock}`
      default:
        return unreachable(input, 'lock operation')
    }
  },
}

function grant(state: LockState, owner: string, output: LockOutput | undefined): readonly LockState[] {
  if (output === undefined) return [{ holder: owner, token: undefined, nextToken: state.nextToken + 1 }]
  if (typeof output !== 'number' || !Number.isSafeInteger(output) || output < state.nextToken) return []
  return [{ holder: owner, token: output, nextToken: output + 1 }]
}

function release(state: LockState, owner: string, token: number, output: LockOutput | undefined): readonly LockState[] {
  const { holder, nextToken } = state
  // A grant whose token nobody saw may have had any token from the least possible one on.
  const holds = holder === owner && (state.token === undefined ? token >= nextToken - 1 : token === state.token)
  if (output !== undefined && output !== holds) return []
  return [holds ? freed({ ...state, nextToken: Math.max(nextToken, token + 1) }) : state]
}

function freed(state: LockState): LockState {
  return { holder: undefined, token: undefined, nextToken: state.nextToken }
}
