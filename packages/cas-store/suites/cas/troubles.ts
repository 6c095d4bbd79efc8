import { FlotillaError } from '@flotilla/core/errors'
import type { Host } from '@flotilla/sim'
import type { Town } from './town.ts'

/** What somebody asked for did not happen: nothing at all, or nobody knows before the next start. */
export type Trouble = 'nothing-done' | 'unknown'

/** Why somebody gave up what he had begun. */
export const changedMind: Error = new Error('changed my mind')
/** Of a source that breaks. */
export const brokenSource: Error = new Error('the source is broken')

/**
 * What an operator does about an error: he reads it. What is left unknown ends this life, as whoever runs a store would
 * start it anew.
 */
export function troubleOf(town: Town, host: Host, error: unknown): Trouble {
  if (error === changedMind || error === brokenSource) return 'nothing-done'
  if (!(error instanceof FlotillaError)) {
    host.fail('A store fails for a reason.', error instanceof Error ? error.stack : String(error))
    return 'unknown'
  }
  switch (String(error.code)) {
    case 'disk-full':
    case 'overloaded':
    case 'closed':
      return 'nothing-done'
    case 'io-failed':
    case 'poisoned':
      host.exit(error.message)
      return 'unknown'
    case 'corrupt':
    case 'unavailable':
      if (town.mayRot) return 'nothing-done'
      host.fail('Without rot nothing is corrupt.', error.stack)
      return 'unknown'
    default:
      host.fail('A store fails for a reason that is known.', error.stack)
      return 'unknown'
  }
}
