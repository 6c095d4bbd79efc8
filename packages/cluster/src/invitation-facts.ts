import type { Crypto } from '@flotilla/core/crypto'
import { nodeIdFromPublicKey } from '@flotilla/core/ids'
import type { WallMillis } from '@flotilla/core/time'
import { hexOf } from './byte-string.ts'
import type { InvitationFacts } from './cluster-member.ts'
import type { Invitation } from './invitation-table.ts'
import { clusterError } from './refusal.ts'
import { tokenLengths } from './token.ts'

/** What people may see of an invitation. */
export function invitationFacts(crypto: Crypto, invitation: Invitation, wallNow: WallMillis): InvitationFacts {
  const { id, role, expiresAt, state, publicKey } = invitation
  return {
    id: hexOf(id),
    role,
    expiresAt,
    state: state === 'open' && expiresAt <= wallNow ? 'expired' : state,
    usedBy: state === 'used' ? nodeIdFromPublicKey(crypto, publicKey) : undefined,
  }
}

/** The bytes of an invitation's id; throws `wrong-field`. */
export function invitationId(text: string): Uint8Array {
  const length = 2 * tokenLengths.invitation
  if (text.length === length && /^[0-9a-f]+$/.test(text)) {
    return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16))
  }
  throw clusterError('wrong-field', 'that is no id of an invitation', `it has ${length} characters, 0 to 9 and a to f`)
}
