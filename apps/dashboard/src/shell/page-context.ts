import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { NodeApi } from '../api/node-api.ts'
import type { Session } from '../api/session.ts'
import type { LiveStore } from '../live/live-store.ts'
import type { PageClock } from '../parts/page-clock.ts'

/** What every part of the page may use. */
export interface Page {
  readonly api: NodeApi
  readonly live: LiveStore
  readonly clock: PageClock
  readonly session: Session
}

export const PageContext: ReturnType<typeof createContext<Page | undefined>> = createContext<Page | undefined>(
  undefined,
)

export function usePage(): Page {
  const page = useContext(PageContext)
  if (page === undefined) throw new Error('this part stands outside the page')
  return page
}
