import { generateKeyPairSync, hash, sign, verify } from 'node:crypto'
import type { Crypto } from '@flotilla/core/crypto'
import { nobleCrypto } from '@flotilla/core/crypto/noble'
import { nodeCrypto } from '@flotilla/core/crypto/node'
import { Prng } from '@flotilla/core/random'
import type { Bench, Figure, Peer, Running } from '@flotilla/core/testing'
import { withVersion } from './installed-version.ts'
import { each } from './operation.ts'

const secretKey = new Prng(1).bytes(32)
const message = new Prng(2).bytes(256)
const block = new Prng(3).bytes(64 * 2 ** 10)

function signing({ ed25519 }: Crypto): Running {
  return each(() => ed25519.sign(secretKey, message))
}

function verifying({ ed25519 }: Crypto): Running {
  const publicKey = ed25519.publicKey(secretKey)
  const signature = ed25519.sign(secretKey, message)
  return each(() => ed25519.verify(publicKey, message, signature))
}

function hashing(crypto: Crypto): Running {
  return each(() => crypto.sha256(block))
}

function bareSigning(): Running {
  const { privateKey } = generateKeyPairSync('ed25519')
  return each(() => sign(null, message, privateKey))
}

function bareVerifying(): Running {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const signature = sign(null, message, privateKey)
  return each(() => verify(null, message, publicKey, signature))
}

function figure(metric: string, unit: string, work: (crypto: Crypto) => Running, bare: () => Running): Figure {
  const noble: Peer = {
    name: `${withVersion('@noble/ed25519')}, ${withVersion('@noble/hashes')}`,
    settings: 'behind our interface, with the same strict rules; what browsers get',
    start: () => work(nobleCrypto()),
  }
  const floor = { name: 'node:crypto, called directly', start: bare }
  return { metric, unit, ours: () => work(nodeCrypto()), peers: [noble], floor }
}

export const bench: Bench = {
  name: 'crypto',
  summary: 'Our two implementations of one interface: ours here is the one by node:crypto, its peer the one by noble.',
  figures: [
    figure('Ed25519, sign 256 B', 'signatures', signing, bareSigning),
    figure('Ed25519, verify 256 B', 'signatures', verifying, bareVerifying),
    figure('SHA-256 of 64 KiB', 'hashes', hashing, () => each(() => hash('sha256', block, 'buffer'))),
  ],
}
