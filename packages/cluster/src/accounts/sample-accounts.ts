import type { Crypto } from '@flotilla/core/crypto'
import type { WallMillis } from '@flotilla/core/time'
import { sampleNowMs } from '../sample-machine.ts'
import { signedEntry, type AccountEntry, type AccountIssuer, type TokenEntry, type UserEntry } from './entry.ts'

export const sampleNow: WallMillis = sampleNowMs as WallMillis

/** Who vouches for the accounts of a sample; another seed is another one. */
export function sampleIssuer(crypto: Crypto, seed: number, scope = 'sample'): Required<AccountIssuer> {
  const secretKey = new Uint8Array(32).fill(seed)
  const publicKey = crypto.ed25519.publicKey(secretKey)
  return { scope, publicKey, sign: (message) => crypto.ed25519.sign(secretKey, message) }
}

export function sampleUser(name: string, changedMs: number = 0, change: Partial<UserEntry> = {}): UserEntry {
  const changedAt = (sampleNow + changedMs) as WallMillis
  return { type: 'user', name, role: 'viewer', password: `hash of ${name}`, changedAt, ...change }
}

export function sampleRemoval(name: string, changedMs: number): AccountEntry {
  return { type: 'removed-user', name, changedAt: (sampleNow + changedMs) as WallMillis }
}

export function sampleToken(digit: string, changedMs: number = 0, untilMs: number = 1_000_000): TokenEntry {
  const [until, changedAt] = [sampleNow + untilMs, sampleNow + changedMs] as [WallMillis, WallMillis]
  return { type: 'token', id: digit.repeat(32), name: `token-${digit}`, role: 'operator', until, changedAt }
}

export function sampleBytes(issuer: Required<AccountIssuer>, entry: AccountEntry): Uint8Array {
  return signedEntry(issuer.scope, entry, issuer.sign).bytes
}
