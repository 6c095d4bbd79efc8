import { FlotillaError } from '@flotilla/core/errors'

export type WorkshopErrorCode =
  | 'closed'
  /** Too many calls wait; each caller may have fewer under way. */
  | 'overloaded'
  /** A thread died with the call; nothing came of it, and it may be made again. */
  | 'workshop-failed'

export function workshopClosed(): FlotillaError<WorkshopErrorCode> {
  return new FlotillaError('closed', 'the workshop is closed', { hint: 'open the store again' })
}

export function workshopOverloaded(partsWaitingMax: number): FlotillaError<WorkshopErrorCode> {
  const sentence = `${partsWaitingMax} parts of work wait for a thread`
  return new FlotillaError('overloaded', sentence, { hint: 'let some of the work under way end, then try again' })
}

export function workshopFailed(what: string, hint: string, cause?: unknown): FlotillaError<WorkshopErrorCode> {
  return new FlotillaError('workshop-failed', what, cause === undefined ? { hint } : { hint, cause })
}
