import { ProtocolError } from '@flotilla/core/errors'
import { usual, whole, type UsualField } from '../schema/building.ts'

/** How many there may be in one answer. */
export function limited(most: number, value: number = most): UsualField<number> {
  return usual(whole({ least: 1, most, description: 'how many, at most' }), value)
}

/** Throws unless there are only these, each once at most. */
export function checkParameters(query: URLSearchParams, names: readonly string[]): void {
  const wrong = [...query.keys()].find((name) => !names.includes(name) || query.getAll(name).length > 1)
  if (wrong === undefined) return
  const hint = names.length === 0 ? 'give none' : `give each of ${names.join(', ')} once at most`
  throw wrongParameter('there is a parameter that is not known here', hint)
}

/** The parameter `limit`, from 1 to `most`, which it is where it is not given. */
export function limitIn(query: URLSearchParams, most: number): number {
  const text = query.get('limit') ?? String(most)
  const limit = Number(text)
  if (/^\d{1,6}$/.test(text) && limit >= 1 && limit <= most) return limit
  throw wrongParameter('limit is wrong', `give a whole number from 1 to ${most}`)
}

/** What stands at the end of a path, in words. */
export function decodedRest(rest: string, what: string): string {
  try {
    return decodeURIComponent(rest)
  } catch {
    throw wrongParameter(`${what} is not written as in an address`, 'encode it as UTF-8, with %')
  }
}

export function wrongParameter(what: string, hint: string): ProtocolError {
  return new ProtocolError('wrong-parameter', what, { hint })
}
