import type { Crypto } from '@flotilla/core/crypto'
import { Buffer } from 'node:buffer'
import { isExactObject, writeJson, type ExactJson } from '../lines/index.ts'
import type { CommandLine, OrderSignature } from './messages.ts'

/** Who signs orders, at the host. */
export interface OrderSigner {
  readonly crypto: Crypto
  /** Ed25519, 32 bytes. */
  readonly secretKey: Uint8Array
}

type UnsignedOrder = Omit<CommandLine, 'type' | 'signature'>

/**
 * What is signed: everything that the guest acts upon, in one order. The session was drawn by the guest and its id is
 * used once in it, so the signature is good for one command of one session of one guest.
 */
function signedBytes(guest: string, order: UnsignedOrder, atMs: number): Uint8Array {
  const { session, id, command, actor, timeoutMs } = order
  const parts: ExactJson = [
    'flotilla agent order 1',
    guest,
    session,
    id,
    atMs,
    command,
    actor,
    timeoutMs,
    sorted(order.arguments),
  ]
  return new TextEncoder().encode(writeJson(parts))
}

export function signOrder(signer: OrderSigner, guest: string, order: UnsignedOrder, atMs: number): OrderSignature {
  const { ed25519 } = signer.crypto
  const signature = ed25519.sign(signer.secretKey, signedBytes(guest, order, atMs))
  return { key: hex(ed25519.publicKey(signer.secretKey)), atMs, signature: hex(signature) }
}

export interface OrderTrust {
  readonly crypto: Crypto
  /** Public keys, Ed25519, 32 bytes. */
  readonly keys: readonly Uint8Array[]
}

export type SignatureVerdict = 'not-signed' | 'signed' | 'wrong-signature' | 'replayed'

/** What a guest makes of the signature of an order. `replayed`: it was signed for another time. */
export function judgeSignature(
  trust: OrderTrust,
  guest: string,
  line: CommandLine,
  time: { readonly nowMs: number; readonly toleranceMs: number },
): SignatureVerdict {
  const { signature } = line
  if (signature === undefined) return 'not-signed'
  const key = trust.keys.find((trusted) => hex(trusted) === signature.key)
  if (key === undefined) return 'wrong-signature'
  if (Math.abs(signature.atMs - time.nowMs) > time.toleranceMs) return 'replayed'
  const bytes = signedBytes(guest, line, signature.atMs)
  const isGenuine = trust.crypto.ed25519.verify(key, bytes, Uint8Array.from(Buffer.from(signature.signature, 'hex')))
  return isGenuine ? 'signed' : 'wrong-signature'
}

/** The same value with the names of every object in one order. */
function sorted(value: ExactJson): ExactJson {
  if (Array.isArray(value)) return (value as readonly ExactJson[]).map(sorted)
  if (!isExactObject(value)) return value
  const names = Object.keys(value).toSorted()
  return Object.fromEntries(names.map((name) => [name, sorted(value[name] ?? null)]))
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
