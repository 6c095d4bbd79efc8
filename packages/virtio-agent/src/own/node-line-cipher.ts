import { createCipheriv, createDecipheriv } from 'node:crypto'
import type { LineCipher } from './line-cipher.ts'

const algorithm = 'aes-256-gcm'
const tagBytes = 16

/** By OpenSSL. */
export function nodeLineCipher(): LineCipher {
  return {
    seal(key, nonce, text) {
      const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagBytes })
      return Buffer.concat([cipher.update(text), cipher.final(), cipher.getAuthTag()])
    },
    open(key, nonce, sealed) {
      if (sealed.length < tagBytes) return undefined
      const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: tagBytes })
      decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes))
      try {
        return Buffer.concat([decipher.update(sealed.subarray(0, -tagBytes)), decipher.final()])
      } catch {
        return undefined
      }
    },
  }
}
