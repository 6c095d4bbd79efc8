import { useEffect, useState } from 'preact/hooks'
import { failureOf, type ApiFailure } from '../api/api-failure.ts'
import { usePage } from '../shell/page-context.ts'

export interface Asked<Answer> {
  readonly answer?: Answer
  readonly failure?: ApiFailure
}

/**
 * What a path answers, for what cannot be watched: asked when it is first shown, and again whenever `again` is another
 * one. What was there before stays until there is something new.
 */
export function useAsked<Answer>(path: string | undefined, again?: unknown): Asked<Answer> {
  const { api } = usePage()
  const [asked, setAsked] = useState<Asked<Answer>>({})
  useEffect(() => {
    if (path === undefined) return undefined
    const gone = new AbortController()
    api.ask<Answer>(path, { signal: gone.signal }).then(
      (answer) => setAsked({ answer }),
      (error: unknown) => {
        if (!gone.signal.aborted) setAsked((before) => ({ ...before, failure: failureOf(error) }))
      },
    )
    return () => gone.abort()
  }, [api, path, again])
  return asked
}
