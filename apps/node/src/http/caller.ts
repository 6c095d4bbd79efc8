import { FlotillaError } from '@flotilla/core/errors'

/** What somebody may: each may what those before it may. */
export type UserRole = 'viewer' | 'operator' | 'admin'

/** From the one who may least. */
export const userRoles: readonly UserRole[] = ['viewer', 'operator', 'admin']

/** In place of a TCP port, for what comes through the Unix socket in the data folder. No server ever listens on it. */
export const localSocketPort = 0

/** What whoever owns the data folder is called; users and tokens are not. */
export const ownerName = 'local'

/** Who asks, as soon as that has been proven. */
export interface Caller {
  readonly name: string
  readonly role: UserRole
  /** By what it was proven. */
  readonly via: 'socket' | 'key' | 'token' | 'session' | 'node'
  /** Aborts when he may not ask any more: what he still listens to is ended then. */
  readonly ended?: AbortSignal
}

/** Throws unless the caller may what that role may. `what`: what it is needed for, as "to run a program". */
export function requireRole(caller: Caller, needed: UserRole, what = 'for this'): void {
  if (userRoles.indexOf(caller.role) >= userRoles.indexOf(needed)) return
  const others = userRoles.slice(userRoles.indexOf(needed))
  const message = `the role ${needed} is needed ${what}, and ${callerText(caller)} has the role ${caller.role}`
  throw new FlotillaError('forbidden', message, {
    hint: `ask somebody who is ${others.join(' or ')}; \`flotilla user\` shows who that is`,
  })
}

/** Who has something done, as other nodes are told, and their audit logs. */
export function actorText(caller: Caller, nodeName: string): string {
  return `${callerText(caller)} of ${nodeName}`
}

/** As it is written into the audit log and the log. */
export function callerText({ name, via }: Caller): string {
  return `${name} (${via})`
}
