import type { Entropy } from '@flotilla/core/random'

/** What nobody can put anything into that disturbs a log, a header or a shell. */
const form = /^[\w.:/+=@-]{1,128}$/

/** The one that was asked with, where it is well formed; otherwise a new one. */
export function requestId(asked: string | string[] | undefined, entropy: Entropy): string {
  if (typeof asked === 'string' && form.test(asked)) return asked
  return Buffer.from(entropy.bytes(9)).toString('base64url')
}

export function isRequestId(text: string): boolean {
  return form.test(text)
}
