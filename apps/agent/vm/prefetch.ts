/** Fetches what the real guest needs, so that tests do not have to; says why where it cannot. */
import { guestAvailability } from './lab/availability.ts'

const { isThere, note } = await guestAvailability()
console.log(isThere ? 'The real guest has its kernel.' : `There is no real guest${note}.`)
