import type { BlobId } from '../types.ts'
import { nameBytesMax } from '../limits.ts'
import { blobError } from './errors.ts'

const idPattern = /^[0-9a-f]{64}$/
/** In capitals as well: nobody is to take one for the other. */
const idLike = /^[0-9a-fA-F]{64}$/
const encoder = new TextEncoder()
const controls = /\p{Cc}/u

export function isBlobId(text: string): text is BlobId {
  return idPattern.test(text)
}

/** Throws `wrong-request` for what can be no name. */
export function checkName(name: string): string {
  const wrong = whyNoName(name)
  if (wrong === undefined) return name
  throw blobError('wrong-request', `${quoted(name)} is no name for a blob: it ${wrong}`, {
    hint: `a name has 1 to ${nameBytesMax} bytes, no control characters, and does not look like an id`,
  })
}

/** For messages: cut short, and without what could play tricks on a terminal. */
export function quoted(text: unknown): string {
  return JSON.stringify(typeof text === 'string' && text.length > 80 ? `${text.slice(0, 80)}…` : text) ?? String(text)
}

function whyNoName(name: unknown): string | undefined {
  if (typeof name !== 'string') return 'is no text'
  if (name === '') return 'is empty'
  // A code unit takes one byte at least and three at most, so most need not be counted.
  if (name.length > nameBytesMax || (3 * name.length > nameBytesMax && encoder.encode(name).length > nameBytesMax)) {
    return `has more than ${nameBytesMax} bytes`
  }
  if (!name.isWellFormed()) return 'is not well-formed Unicode'
  if (controls.test(name)) return 'has control characters in it'
  return idLike.test(name) ? 'looks like an id' : undefined
}
