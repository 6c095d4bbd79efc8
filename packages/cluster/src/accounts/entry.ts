/**
 * Accounts: who may log in at the nodes of a cluster, and which API tokens are good. Each entry is signed by itself, so
 * that what two copies of an authority change at once is all kept; of two about the same name the later one counts.
 * Who is removed stays as an entry that says so, or an older one would bring it back.
 */
import {
  bytes,
  createCodec,
  integer,
  literal,
  object,
  refined,
  string,
  union,
  type Codec,
  type Schema,
} from '@flotilla/core/codec'
import { signatureLength, type Crypto } from '@flotilla/core/crypto'
import { ProtocolError } from '@flotilla/core/errors'
import type { WallMillis } from '@flotilla/core/time'
import { certificateLimits } from '@flotilla/certificates'
import { ascii, compareBytes, joined } from '../byte-string.ts'
import { accountLimits } from './config.ts'

/** What an account may do at a node: each may what those before it may. */
export type AccountRole = 'viewer' | 'operator' | 'admin'

export interface UserEntry {
  readonly type: 'user'
  readonly name: string
  readonly role: AccountRole
  /** What is kept in place of the password. */
  readonly password: string
  readonly changedAt: WallMillis
}

export interface TokenEntry {
  readonly type: 'token'
  /** 32 hexadecimal digits. */
  readonly id: string
  readonly name: string
  readonly role: AccountRole
  /** It is good until then, and need not be remembered for longer. */
  readonly until: WallMillis
  readonly changedAt: WallMillis
}

export interface RemovedUser {
  readonly type: 'removed-user'
  readonly name: string
  readonly changedAt: WallMillis
}

interface RevokedToken {
  readonly type: 'revoked-token'
  readonly id: string
  readonly until: WallMillis
  readonly changedAt: WallMillis
}

export type AccountEntry = UserEntry | TokenEntry | RemovedUser | RevokedToken

/** An entry with the proof that it is one. */
export interface SignedEntry {
  readonly entry: AccountEntry
  readonly signature: Uint8Array
  /** All of it, in the one form that it has. */
  readonly bytes: Uint8Array
}

/** Whose accounts they are, and who vouches for them. */
export interface AccountIssuer {
  /** The id of the cluster; of the node, where it is in none. */
  readonly scope: string
  readonly publicKey: Uint8Array
  /** Only where its secret key is. */
  readonly sign?: (message: Uint8Array) => Uint8Array
}

export type AccountErrorCode = 'malformed' | 'foreign-authority' | 'wrong-signature'

const version = 1
const domain = ascii('flotilla account v1\0')
const { nameLengthMax, passwordBytesMax, entryBytesMax } = accountLimits
const namePattern = /^[a-z0-9][a-z0-9._@-]*$/
const idPattern = /^[0-9a-f]{32}$/
const scopeBytesMax = 64

/** Whether a user or a token may be called so. There are no capital letters, so that no two names look alike. */
export function isAccountName(name: string): boolean {
  return name.length <= nameLengthMax && namePattern.test(name)
}

const wall = integer<WallMillis>({ max: certificateLimits.wallMsMax })
const name = refined(string({ bytesMax: nameLengthMax }), fits(isAccountName, 'a name'))
const id = refined(
  string({ bytesMax: 32 }),
  fits((text) => idPattern.test(text), 'the number of a token'),
)
const role = literal('viewer', 'operator', 'admin')
const entrySchema: Schema<AccountEntry> = union({
  user: object({ name, role, password: string({ bytesMax: passwordBytesMax }), changedAt: wall }),
  token: object({ id, name, role, until: wall, changedAt: wall }),
  'removed-user': object({ name, changedAt: wall }),
  'revoked-token': object({ id, until: wall, changedAt: wall }),
})

interface Body {
  readonly version: number
  readonly scope: string
  readonly entry: AccountEntry
}

const limits = { bytesMax: entryBytesMax }
const bodyCodec: Codec<Body> = createCodec({
  name: 'account',
  limits,
  schema: object({
    version: integer({ min: version, max: version }),
    scope: string({ bytesMax: scopeBytesMax }),
    entry: entrySchema,
  }),
})
const signedCodec: Codec<{ readonly body: Uint8Array; readonly signature: Uint8Array }> = createCodec({
  name: 'account',
  limits,
  schema: object({ body: bytes({ bytesMax: entryBytesMax }), signature: bytes({ bytesMax: signatureLength }) }),
})

export function signedEntry(
  scope: string,
  entry: AccountEntry,
  sign: (message: Uint8Array) => Uint8Array,
): SignedEntry {
  const body = bodyCodec.encode({ version, scope, entry })
  const signature = sign(joined(domain, body))
  return { entry, signature, bytes: signedCodec.encode({ body, signature }) }
}

/**
 * What the bytes say, as long as nobody has looked at the signature: `isVouchedFor` does. Throws a `ProtocolError` for
 * what has not the one form of an entry of these accounts.
 */
export function readEntry(scope: string, encoded: Uint8Array): SignedEntry {
  const { body, signature } = signedCodec.decode(encoded)
  const { entry, scope: said } = bodyCodec.decode(body)
  if (said !== scope) {
    throw new ProtocolError<AccountErrorCode>('foreign-authority', 'the account is of another cluster')
  }
  // Were there a second form, who hands it on could make two books differ for ever.
  const again = signedCodec.encode({ body, signature })
  if (compareBytes(again, encoded) === 0 && signature.length === signatureLength) {
    return { entry, signature, bytes: again }
  }
  throw new ProtocolError<AccountErrorCode>('malformed', 'the account has not the form of one')
}

/** Throws a `ProtocolError` unless the issuer has signed it. */
export function checkEntry(
  crypto: Crypto,
  { publicKey }: AccountIssuer,
  { bytes: encoded, signature }: SignedEntry,
): void {
  const { body } = signedCodec.decode(encoded)
  if (crypto.ed25519.verify(publicKey, joined(domain, body), signature)) return
  throw new ProtocolError<AccountErrorCode>('wrong-signature', 'an account is not signed by who vouches for them', {
    hint: 'whoever sent it is broken or hostile; the accounts that we have stay',
  })
}

/** What there can be one entry about. */
export function keyOf(entry: AccountEntry): string {
  return isOfUser(entry) ? `user ${entry.name}` : `token ${entry.id}`
}

export function isOfUser(entry: AccountEntry): entry is UserEntry | RemovedUser {
  return entry.type === 'user' || entry.type === 'removed-user'
}

/** Whether it need not be remembered any more: the token would not be good whatever it says. */
export function isOver(entry: AccountEntry, wallNow: WallMillis): boolean {
  return !isOfUser(entry) && entry.until <= wallNow
}

/** Positive if the first counts and not the second, 0 if they are the same. Of two at one moment the removal counts. */
export function compareEntries(one: SignedEntry, other: SignedEntry): number {
  const later = one.entry.changedAt - other.entry.changedAt
  if (later !== 0) return later
  const removed = Number(isRemoval(one.entry)) - Number(isRemoval(other.entry))
  return removed === 0 ? compareBytes(one.bytes, other.bytes) : removed
}

function isRemoval({ type }: AccountEntry): boolean {
  return type === 'removed-user' || type === 'revoked-token'
}

function fits(test: (text: string) => boolean, what: string): (text: string) => string {
  return (text) => {
    if (test(text)) return text
    throw new ProtocolError<AccountErrorCode>('malformed', `${JSON.stringify(text)} is not ${what}`)
  }
}
