import { nodeLimitsDefaults } from '../../limits.ts'
import { either, moment, nullable, object, oneOf, secret, text } from '../../schema/building.ts'
import type { Schema } from '../../schema/schema.ts'
import type { Caller } from '../caller.ts'

/** How somebody says in a browser who he is. */
export type LoginDocument = { readonly code: string } | { readonly name: string; readonly password: string }

/** Who asks, and until when that holds where it is a session. */
export interface SessionAnswer extends Pick<Caller, 'name' | 'role' | 'via'> {
  readonly idleEndsAt: string | null
  readonly endsAt: string | null
}

const { documentTextLengthMax, nameLengthMax } = nodeLimitsDefaults
const lengthMax = documentTextLengthMax

export const loginDocument: Schema<LoginDocument> = either([
  object({ code: secret(text({ lengthMax, description: 'of `flotilla open`, used once' })) }),
  object({ name: text({ lengthMax: nameLengthMax }), password: secret(text({ lengthMax })) }),
])

const session = {
  name: text(),
  role: oneOf(['viewer', 'operator', 'admin']),
  via: oneOf(['socket', 'key', 'token', 'session', 'node']),
  idleEndsAt: nullable(moment()),
  endsAt: nullable(moment()),
} as const

export const sessionAnswer: Schema<SessionAnswer> = object(session)

export const openedAnswer: Schema<SessionAnswer & { readonly secret: string }> = object({
  ...session,
  secret: secret(text({ description: 'for the header X-Flotilla-Session' })),
})
