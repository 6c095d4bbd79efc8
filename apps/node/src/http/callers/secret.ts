import { hash, timingSafeEqual } from 'node:crypto'
import type { Entropy } from '@flotilla/core/random'

/** 256 bits: nobody finds one by trying, at whatever rate. */
const secretBytes = 32

/** As a header, a cookie or an address takes it. */
export function drawSecret(entropy: Entropy): string {
  return Buffer.from(entropy.bytes(secretBytes)).toString('base64url')
}

/** What is kept of a secret that others know: the secret cannot be had from it. */
export function digestOf(secret: string): Buffer {
  return hash('sha256', secret, 'buffer')
}

/** Digests are of one length, and how long their comparison takes says nothing about the secret. */
export function isSecretOf(given: string, digest: Buffer): boolean {
  return timingSafeEqual(digestOf(given), digest)
}
