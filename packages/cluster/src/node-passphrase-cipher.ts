import { createCipheriv, createDecipheriv, scrypt } from 'node:crypto'
import type { CipherInput, PassphraseCipher } from './ports.ts'

/** RFC 7914. 128 MiB and about half a second for each guess; the version of the file format stands for these. */
const cost = 2 ** 17
const blockSize = 8
const parallelization = 1
const memoryBytesMax = 160 * 2 ** 20
const keyLength = 32
const tagLength = 16

/** scrypt and AES-256-GCM, by OpenSSL. */
export function nodePassphraseCipher(): PassphraseCipher {
  return {
    async seal(input) {
      const key = await keyOf(input)
      const cipher = createCipheriv('aes-256-gcm', key, input.nonce, { authTagLength: tagLength })
      cipher.setAAD(input.associated)
      const sealed = Buffer.concat([cipher.update(input.bytes), cipher.final(), cipher.getAuthTag()])
      key.fill(0)
      return new Uint8Array(sealed)
    },
    async open(input) {
      if (input.bytes.length < tagLength) return undefined
      const key = await keyOf(input)
      const decipher = createDecipheriv('aes-256-gcm', key, input.nonce, { authTagLength: tagLength })
      decipher.setAAD(input.associated)
      decipher.setAuthTag(input.bytes.subarray(-tagLength))
      key.fill(0)
      const begun = decipher.update(input.bytes.subarray(0, -tagLength))
      try {
        return new Uint8Array(Buffer.concat([begun, decipher.final()]))
      } catch {
        return undefined // The tag is not that of these bytes under this key.
      }
    },
  }
}

function keyOf({ passphrase, salt }: CipherInput): Promise<Buffer> {
  const options = { N: cost, r: blockSize, p: parallelization, maxmem: memoryBytesMax }
  return new Promise((resolve, reject) => {
    scrypt(passphrase, salt, keyLength, options, (error, key) => (error === null ? resolve(key) : reject(error)))
  })
}
