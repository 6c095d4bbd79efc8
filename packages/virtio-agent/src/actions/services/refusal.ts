import { FlotillaError } from '@flotilla/core/errors'
import type { ProgramAnswer } from '../../execution/program-answer.ts'

/** What somebody is told of what the system says. */
const saidLengthMax = 1_000

/** The last that it said, which is where programs tell why. */
export function said({ stderr, stdout }: Pick<ProgramAnswer, 'stderr' | 'stdout'>): string {
  const text = (stderr.trim() === '' ? stdout : stderr).trim()
  return text === '' ? 'it did not say why' : text.slice(-saidLengthMax).toWellFormed()
}

/** Of a service's name and what the system said of it. */
export function serviceRefusal(name: string, answer: ProgramAnswer): FlotillaError {
  const text = said(answer)
  if (/not found|does not exist|no such service|not loaded|not-found/i.test(text)) {
    return new FlotillaError('not-found', `there is no service ${name}`)
  }
  if (/access denied|authentication|permission|superuser|root privileges/i.test(text)) {
    return new FlotillaError('not-permitted', `the agent may not do that to ${name}: ${text}`)
  }
  return new FlotillaError('failed', text)
}
