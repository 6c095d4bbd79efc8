import { FlotillaError } from '@flotilla/core/errors'

export type CatalogueErrorCode =
  /** A limit was exceeded, or something cannot be; nothing was done. */
  | 'wrong-request'
  /** No room left: nothing was done, and it may be tried again when there is room. */
  | 'disk-full'
  /** Too many calls wait; nothing was done. */
  | 'overloaded'
  /** What the disk holds is not what was written. */
  | 'corrupt'
  /** The operating system reported an error; `cause` is what it said. */
  | 'io-failed'
  /** An earlier write failed in a way that leaves open what the disk holds: every further call is refused. */
  | 'poisoned'
  /** Another process, or another catalogue of this one, has it open. */
  | 'in-use'
  /** A newer Flotilla has written it. */
  | 'unknown-version'
  | 'closed'
  /** Chunks were sealed with a key that has been removed meanwhile; nothing was done. */
  | 'retired-key'
  /** The key cannot be removed, since chunks are sealed with it; nothing was done. */
  | 'key-in-use'

const hints: { readonly [Code in CatalogueErrorCode]: string } = {
  'wrong-request': 'ask for less, or raise the limit that is named',
  'disk-full': 'free some space and try again',
  overloaded: 'wait for earlier calls before making more',
  corrupt: 'run `flotilla blob fsck`; keep the file for examination',
  'io-failed': 'look at `cause`, and at the health of the disk',
  poisoned: 'stop, and open the store anew, as after a crash',
  'in-use': 'stop that process, or choose another folder',
  'unknown-version': 'open it with the newer Flotilla that wrote it',
  closed: 'open it again',
  'retired-key': 'seal them again with the newest key',
  'key-in-use': 'seal them again with a newer key first',
}

/** The same words from every implementation of the port. */
export function catalogueError(
  code: CatalogueErrorCode,
  message: string,
  cause?: unknown,
): FlotillaError<CatalogueErrorCode> {
  const hint = hints[code]
  return new FlotillaError(code, message, cause === undefined ? { hint } : { hint, cause })
}
