import { scrypt } from 'node:crypto'
import { wholeSettings } from '@flotilla/core/machines'
import type { Entropy } from '@flotilla/core/random'
import { nodeEntropy } from '@flotilla/core/random/node'
import { keyringLimits } from '../limits.ts'
import { keyringError } from './keyring-error.ts'
import { isScryptAllowed } from './wrapped-key.ts'
import { recipeSaltBytes, type WrappingRecipe, type WrappingSecret } from './wrapping-secret.ts'

export interface PassphraseOptions {
  readonly passphrase: string
  /** For keys that are wrapped from now on; those that are there say themselves with which they were made. */
  readonly cost?: Partial<ScryptCost>
  readonly entropy?: Entropy
}

/** RFC 7914: each guess takes 128 * r * 2^costLog2 bytes. */
interface ScryptCost {
  readonly costLog2: number
  readonly blockSize: number
  readonly parallelization: number
}

/** 128 MiB and about half a second for each guess. */
const scryptCostDefault: ScryptCost = { costLog2: 17, blockSize: 8, parallelization: 1 }

/** Throws `wrong-key` for a passphrase that cannot be one. */
export function passphraseSecret(options: PassphraseOptions): WrappingSecret {
  const { entropy = nodeEntropy() } = options
  const passphrase = encoded(options.passphrase)
  const cost = validCost(options.cost)
  return {
    type: 'passphrase',
    name: 'a passphrase',
    newRecipe: () => ({ type: 'passphrase', salt: entropy.bytes(recipeSaltBytes), ...cost }),
    wrappingKey: async (recipe) => (recipe.type === 'passphrase' ? keyOf(passphrase, recipe) : undefined),
  }
}

function encoded(passphrase: string): Uint8Array {
  // The same letters are written in several ways by different keyboards and systems.
  const bytes = new TextEncoder().encode(passphrase.normalize('NFC'))
  const { passphraseBytesMax } = keyringLimits
  if (bytes.length > 0 && bytes.length <= passphraseBytesMax) return bytes
  throw keyringError('wrong-key', `the passphrase has ${bytes.length} bytes`, {
    hint: `it may have 1 to ${passphraseBytesMax}; five words drawn at random are good`,
  })
}

function validCost(cost: Partial<ScryptCost> = {}): ScryptCost {
  const limits = keyringLimits
  const { costLog2, blockSize, parallelization } = { ...scryptCostDefault, ...cost }
  const whole = wholeSettings(
    'passphrase',
    { ...scryptCostDefault },
    {
      costLog2: [limits.scryptCostLog2Min, limits.scryptCostLog2Max],
      blockSize: [1, limits.scryptBlockSizeMax],
      parallelization: [1, limits.scryptParallelizationMax],
    },
    { costLog2, blockSize, parallelization },
  )
  if (isScryptAllowed(whole.costLog2, whole.blockSize, whole.parallelization)) return whole
  throw keyringError('wrong-request', `scrypt would take ${128 * whole.blockSize * 2 ** whole.costLog2} bytes`, {
    hint: `choose a lower cost; at most ${limits.scryptMemoryBytesMax} bytes are allowed`,
  })
}

type PassphraseRecipe = Extract<WrappingRecipe, { readonly type: 'passphrase' }>

function keyOf(passphrase: Uint8Array, recipe: PassphraseRecipe): Promise<Uint8Array> {
  const { salt, costLog2, blockSize, parallelization } = recipe
  // OpenSSL asks for a little more than the formula says.
  const maxmem = 128 * blockSize * (2 ** costLog2 + parallelization) + 2 ** 20
  const options = { N: 2 ** costLog2, r: blockSize, p: parallelization, maxmem }
  return new Promise((resolve, reject) => {
    scrypt(passphrase, salt, 32, options, (error, key) =>
      error === null ? resolve(new Uint8Array(key)) : reject(error),
    )
  })
}
