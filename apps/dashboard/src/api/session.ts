/** From the one who may least. */
const roles = ['viewer', 'operator', 'admin'] as const

export type UserRole = (typeof roles)[number]

/** Who is logged in, as the node says it. */
export interface Session {
  readonly name: string
  readonly role: UserRole
  readonly via: string
  readonly idleEndsAt: string | null
  readonly endsAt: string | null
}

export function may({ role }: Session, needed: UserRole): boolean {
  return roles.indexOf(role) >= roles.indexOf(needed)
}

const place = 'flotilla-session'

/**
 * What shows the node that this page asks, and not a page of another port: a browser sends cookies to all ports of a
 * host, but shows what is kept here to this port only.
 */
export class SessionSecret {
  #secret: string | undefined = read()

  get(): string | undefined {
    return this.#secret
  }

  set(secret: string | undefined): void {
    this.#secret = secret
    try {
      if (secret === undefined) localStorage.removeItem(place)
      else localStorage.setItem(place, secret)
    } catch {
      // A browser that keeps nothing has it until this page is closed.
    }
  }
}

function read(): string | undefined {
  try {
    return localStorage.getItem(place) ?? undefined
  } catch {
    return undefined
  }
}
