import type { HashRoute } from './hash-route.ts'

/** What every page is given. */
export interface PlaceProps {
  readonly route: HashRoute
}
