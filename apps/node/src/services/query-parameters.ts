import { ProtocolError } from '@flotilla/core/errors'
import { usual, whole, type UsualField } from '../schema/building.ts'

/** How many there may be in one answer. */
export function limited(most: number, value: number = most): UsualField<number> {
  return usual(whole({ least: 1, most, description: 'how many, at most' }), value)
}

export function wrongParameter(what: string, hint: string): ProtocolError {
  return new ProtocolError('wrong-parameter', what, { hint })
}
