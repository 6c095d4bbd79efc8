import { useState } from 'preact/hooks'
import { failureOf, type ApiFailure } from '../api/api-failure.ts'
import { usePage } from '../shell/page-context.ts'

/** Roles that somebody can be given, and what each may. */
export const roleWords = [
  ['viewer', 'viewer: looks'],
  ['operator', 'operator: looks and acts'],
  ['admin', 'admin: everything'],
] as const

export interface AccountCall {
  /** Counts what was done, so that lists are asked for anew. */
  readonly turn: number
  readonly failure: ApiFailure | undefined
  /** Resolves with the answer, or undefined where it was refused: `failure` says why. */
  readonly call: <Answer>(path: string, document: object) => Promise<Answer | undefined>
}

export function useAccountCall(): AccountCall {
  const { api } = usePage()
  const [turn, setTurn] = useState(0)
  const [failure, setFailure] = useState<ApiFailure | undefined>(undefined)
  const call = async <Answer>(path: string, document: object): Promise<Answer | undefined> => {
    try {
      const answer = await api.post<Answer>(path, document)
      setFailure(undefined)
      setTurn((count) => count + 1)
      return answer
    } catch (error) {
      setFailure(failureOf(error))
      return undefined
    }
  }
  return { turn, failure, call }
}
