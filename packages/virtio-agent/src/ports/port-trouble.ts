import { FlotillaError } from '@flotilla/core/errors'

export type PortTroubleCode = 'port-busy' | 'port-denied' | 'port-missing' | 'port-failed'

interface Advice {
  readonly code: PortTroubleCode
  readonly what: string
  readonly hint: string
}

const busy: Advice = {
  code: 'port-busy',
  what: 'is open in another program, and a virtio port admits one',
  hint: 'stop the other one (often qemu-guest-agent, or an agent that runs already); it is tried again',
}
const denied: Advice = {
  code: 'port-denied',
  what: 'may not be opened by this user',
  hint: 'run the agent as root, or give its user the device with the udev rule that `flotilla-agent install` writes',
}
const missing: Advice = {
  code: 'port-missing',
  what: 'is not there',
  hint: 'give the virtual machine a virtserialport of that name, and load the module virtio_console; it is tried again',
}
const refused: Advice = {
  code: 'port-missing',
  what: 'has nobody who listens',
  hint: 'start the other side; it is tried again',
}

/** What the system says, and what it means for a port. Windows says EEXIST, or EPERM where qemu-ga has the port. */
const adviceByCode: Readonly<Record<string, Advice>> = {
  EBUSY: busy,
  EEXIST: busy,
  EADDRINUSE: busy,
  EACCES: denied,
  EPERM: denied,
  ENOENT: missing,
  ENODEV: missing,
  ENXIO: missing,
  ECONNREFUSED: refused,
}

const unknown: Advice = { code: 'port-failed', what: 'cannot be used', hint: 'it is tried again' }

/** An error with a stable code and a sentence that says what to do. */
export function portTrouble(path: string, cause: unknown): FlotillaError<PortTroubleCode> {
  const { code, what, hint } = adviceByCode[codeOf(cause) ?? ''] ?? unknown
  const told = code === 'port-failed' && cause instanceof Error ? ` (${cause.message})` : ''
  return new FlotillaError(code, `${path} ${what}${told}`, { cause, hint })
}

/** The name that the system gives an error: `EBUSY`. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}
