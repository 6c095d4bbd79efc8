import { createPrivateKey, createPublicKey, hash, sign, verify } from 'node:crypto'
import type { Crypto } from '@flotilla/core/crypto'
import { nobleCrypto } from '@flotilla/core/crypto/noble'
import { nodeCrypto } from '@flotilla/core/crypto/node'
import { Prng } from '@flotilla/core/random'
import type { Bench, Figure, Running } from '@flotilla/core/testing'
import { withVersion } from './installed-version.ts'
import { each } from './operation.ts'

const random = new Prng(1)
