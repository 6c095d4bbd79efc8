import type { Crypto } from '@flotilla/core/crypto'
import { FlotillaError } from '@flotilla/core/errors'
import type { BlobErrorCode } from '../../blobs.ts'
import { recipeSaltBytes, type WrappingRecipe, type WrappingSecret } from './wrapping-secret.ts'

export const rawSecretBytes = 32

/** 32 random bytes, from a key file or from whoever keeps secrets for this machine. It copies them. */
export function rawSecret(crypto: Crypto, secret: Uint8Array, name = 'the given key'): WrappingSecret {
  if (secret.length !== rawSecretBytes) {
    throw new FlotillaError<BlobErrorCode>('wrong-key', `${name} has ${secret.length} bytes`, {
      hint: `it must have ${rawSecretBytes}`,
    })
  }
  const derived = (info: string, length: number): Uint8Array =>
    crypto.hkdfSha256(secret, new Uint8Array(0), new TextEncoder().encode(info), length)
  const mark = derived('flotilla key file mark v1', recipeSaltBytes)
  const key = derived('flotilla key file wrapping v1', 32)
  return {
    type: 'key-file',
    name,
    newRecipe: () => ({ type: 'key-file', mark }),
    wrappingKey: (recipe) => Promise.resolve(isMarked(recipe, mark) ? key : undefined),
  }
}

function isMarked(recipe: WrappingRecipe, mark: Uint8Array): boolean {
  return recipe.type === 'key-file' && recipe.mark.every((byte, index) => byte === mark[index])
}
