import { nobleCrypto } from '@flotilla/core/crypto/noble'
import { nodeCrypto } from '@flotilla/core/crypto/node'
import { FlotillaError } from '@flotilla/core/errors'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { identityMark, identityOf, identitySecret, idKeyOf } from './identity.ts'

const crypto = nodeCrypto()
const secret = identitySecret(Uint8Array.from({ length: 32 }, (_, index) => index))
const digest = crypto.sha256(new TextEncoder().encode('content'))

describe('ids', () => {
  test('are these for ever: a store whose ids change is a store that is lost', () => {
    const identity = identityOf(crypto, secret)
    expect({
      data: identity.chunkIdOf('data', digest),
      list: identity.chunkIdOf('list', digest),
      blob: identity.blobIdOf(new TextEncoder().encode('content')),
    }).toEqual({ data: pinned.data, list: pinned.list, blob: pinned.blob })
  })

  test('are sha256(idKey || what || sha256(bytes)), by whichever implementation', () => {
    const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 })
    fc.assert(
      fc.property(bytes32, fc.uint8Array({ maxLength: 200 }), fc.constantFrom('data', 'list'), (key, content, kind) => {
        const identity = identityOf(nobleCrypto(), identitySecret(key))
        const hashed = crypto.sha256(content)
        expect(identity.chunkIdOf(kind, hashed)).toBe(slowId(key, kind, hashed))
        expect(identity.blobIdOf(content)).toBe(slowId(key, 'blob', hashed))
      }),
    )
  })

  test('differ by secret, kind and content, and the last call leaves nothing behind for the next', () => {
    const other = identityOf(crypto, identitySecret(new Uint8Array(32).fill(1)))
    const identity = identityOf(crypto, secret)
    const ids = [
      identity.chunkIdOf('data', digest),
      identity.chunkIdOf('list', digest),
      identity.blobIdOf(digest),
      identity.chunkIdOf('data', crypto.sha256(digest)),
      other.chunkIdOf('data', digest),
    ]
    expect(new Set(ids).size).toBe(ids.length)
    expect(identity.chunkIdOf('data', digest)).toBe(ids[0])
  })
})

describe('the identity secret', () => {
  test('has 32 bytes, and is a copy', () => {
    const given = new Uint8Array(32).fill(5)
    const taken = identitySecret(given)
    given.fill(0)
    expect(taken[0]).toBe(5)
    for (const length of [0, 31, 33]) {
      expect(() => identitySecret(new Uint8Array(length))).toThrow(FlotillaError)
      expect(() => identitySecret(new Uint8Array(length))).toThrow(`the identity secret has ${length} bytes`)
    }
  })

  test('gives keys that have nothing to do with each other', () => {
    expect(idKeyOf(crypto, secret)).not.toEqual(identityMark(crypto, secret))
    expect(idKeyOf(crypto, secret)).not.toEqual(new Uint8Array(secret))
  })
})

/** As identity.ts says, with no thought of speed. */
function slowId(key: Uint8Array, what: string, hashed: Uint8Array): string {
  const idKey = crypto.hkdfSha256(key, new Uint8Array(0), new TextEncoder().encode('flotilla id v1'), 32)
  const id = crypto.sha256(new Uint8Array([...idKey, ...new TextEncoder().encode(what), ...hashed]))
  return [...id].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

const pinned = {
  data: 'b4b591d080f1ab1050229eed55b3028e5f0340e38c10b402e6c9c9284fc38a29',
  list: 'e1b8385e85f5ccf395c4e92e967af58399e137fcba3c72d9f6ee6af19f910e82',
  blob: '4c8cba6758789e056187e2dffd435963a7441639595c50b03385238ba50d22d2',
}
