import { FlotillaError } from '@flotilla/core/errors'

/** Of the group: what was asked may have happened or not; asking again is harmless, as each request has a number. */
const passing: ReadonlySet<string> = new Set([
  'no-leader',
  'outcome-unknown',
  'deadline-exceeded',
  // The session of the group's client, which opens another by itself; not the one of the locks.
  'session-expired',
])

/** Whether the same may work a little later. */
export function isPassing(error: unknown): boolean {
  return error instanceof FlotillaError && passing.has(String(error.code))
}

export function sessionExpired(name: string, why: string): FlotillaError {
  return new FlotillaError('session-expired', `the session of ${name} is over: ${why}`, {
    hint: 'whatever it held may be granted to others: stop working under it, and acquire it again',
  })
}

export function locksClosed(name: string): FlotillaError {
  return new FlotillaError('closed', `the locks of ${name} were closed`, { hint: 'create them again' })
}

export function timedOut(key: string, timeoutMs: number): FlotillaError {
  return new FlotillaError('deadline-exceeded', `${JSON.stringify(key)} was not granted within ${timeoutMs} ms`, {
    hint: 'wait for longer, or see who holds it with inspect',
  })
}

export function lockReleased(key: string): FlotillaError {
  return new FlotillaError('released', `${JSON.stringify(key)} was released here`)
}

export function notYetShared(key: string): FlotillaError<'deadline-exceeded'> {
  const message = `the service has not confirmed in time that ${JSON.stringify(key)} is shared now`
  return new FlotillaError('deadline-exceeded', message, {
    hint: 'it is told again in the background, and the token is another one then; release the lock, or go on waiting',
  })
}

export function wrongRequest(message: string, hint: string): FlotillaError<'wrong-request'> {
  return new FlotillaError('wrong-request', message, { hint })
}
