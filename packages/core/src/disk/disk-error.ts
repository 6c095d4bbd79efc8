import { FlotillaError } from '../errors/index.ts'
import type { DiskErrorCode } from './disk.ts'

const sentences: { readonly [Code in DiskErrorCode]: readonly [what: string, hint: string] } = {
  'not-found': ['does not exist', 'check the path, or open it with `create`'],
  'disk-full': ['has no room left on its disk', 'free some space and try again'],
  'io-failed': ['could not be read or written', 'look at `cause`, and at the health of the disk'],
  poisoned: ['had a sync that failed, so nobody knows what is on the disk', 'stop, and recover as after a crash'],
  closed: ['is closed', 'open it again'],
  'in-use': ['is open already', 'close it first'],
  'wrong-path': ['is not a plain file in a plain folder of this disk', 'remove what stands in its place'],
}

/** The same words from every implementation of the port. */
export function diskError(code: DiskErrorCode, subject: string, cause?: unknown): FlotillaError<DiskErrorCode> {
  const [what, hint] = sentences[code]
  return new FlotillaError(code, `${subject} ${what}`, cause === undefined ? { hint } : { hint, cause })
}
