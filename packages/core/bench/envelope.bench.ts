import { nodeCrypto } from '@flotilla/core/crypto/node'
import { EnvelopeGate, nonceLength, sealEnvelope } from '@flotilla/core/envelope'
import { Prng } from '@flotilla/core/random'
import type { Bench, Running } from '@flotilla/core/testing'
import type { WallMillis } from '@flotilla/core/time'
import { each } from './operation.ts'

const secretKey = new Prng(1).bytes(32)
const payload = new Prng(2).bytes(256)
const now = Date.UTC(2026, 0, 1) as WallMillis
/** Fewer than a gate remembers of one sender. */
const sealedCount = 1_000

function sealer(): () => Uint8Array {
  const crypto = nodeCrypto()
  const random = new Prng(3)
  return () =>
    sealEnvelope({ crypto, secretKey, type: 'bench', payload, timestamp: now, nonce: random.bytes(nonceLength) })
}

/** A gate opens each envelope once, so when all are opened the next gate begins again. */
function opening(): Running {
  const crypto = nodeCrypto()
  const seal = sealer()
  const sealed = Array.from({ length: sealedCount }, seal)
  let next = 0
  let gate = new EnvelopeGate({ crypto })
  return each(() => {
    if (next === sealedCount) {
      next = 0
      gate = new EnvelopeGate({ crypto })
    }
    return gate.open(sealed[next++] as Uint8Array, now)
  })
}

function signing(): Running {
  const { ed25519 } = nodeCrypto()
  return each(() => ed25519.sign(secretKey, payload))
}

function verifying(): Running {
  const { ed25519 } = nodeCrypto()
  const publicKey = ed25519.publicKey(secretKey)
  const signature = ed25519.sign(secretKey, payload)
  return each(() => ed25519.verify(publicKey, payload, signature))
}

export const bench: Bench = {
  name: 'envelope',
  summary: 'Signed envelopes with a payload of 256 B, one sender; beside them the signature alone.',
  figures: [
    {
      metric: 'seal',
      unit: 'envelopes',
      ours: () => each(sealer()),
      floor: { name: 'our Ed25519, sign 256 B', start: signing },
    },
    {
      metric: 'open',
      unit: 'envelopes',
      ours: opening,
      floor: { name: 'our Ed25519, verify 256 B', start: verifying },
    },
  ],
}
