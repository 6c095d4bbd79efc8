import type { FlotillaError } from '@flotilla/core/errors'
import type { Outcome } from './replica-contract.ts'
import { replicaLimits } from './session-limits.ts'

export type Refused = Extract<Outcome, { readonly type: 'refused' }>

const unknownCommandCode = 'unknown-command'

/**
 * What becomes of a command that the machine refuses. Whatever a program does not know is refused with the same words
 * by all of them: an old one cannot decode what a newer one finds too new, and both keep the same answer.
 */
export function refusedBy({ code, message, hint }: FlotillaError): Refused {
  if (code === unknownCommandCode) return unknownCommand()
  const { refusalCodeCharsMax, refusalTextCharsMax } = replicaLimits
  return {
    type: 'refused',
    code: cut(code, refusalCodeCharsMax),
    message: cut(message, refusalTextCharsMax),
    hint: hint === undefined ? undefined : cut(hint, refusalTextCharsMax),
  }
}

export function unknownCommand(): Refused {
  return {
    type: 'refused',
    code: unknownCommandCode,
    message: 'the group does not know this command',
    hint: 'it may be of a newer version than the group runs; upgrade all members, or use an older client',
  }
}

export function resultTooLarge(bytes: number): Refused {
  return {
    type: 'refused',
    code: 'too-large',
    message: `the command was applied, and its result of ${bytes} bytes is longer than ${replicaLimits.resultBytesMax}`,
    hint: 'read what it did with a query, in parts',
  }
}

/** Well formed, so that it is the same text after it went through a snapshot. */
function cut(text: string, charsMax: number): string {
  return text.slice(0, charsMax).toWellFormed()
}
