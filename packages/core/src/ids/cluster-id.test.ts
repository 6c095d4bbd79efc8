import { describe, expect, test } from 'vitest'
import { nodeCrypto } from '../crypto/node.ts'
import {
  clusterIdFromPublicKey,
  clusterIdLength,
  hashInClusterId,
  hashInNodeId,
  nodeIdFromPublicKey,
  parseClusterId,
  parseNodeId,
} from './index.ts'

const crypto = nodeCrypto()
/** The public key of TEST 1 in RFC 8032. */
const publicKey = Buffer.from('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a', 'hex')
const id = clusterIdFromPublicKey(crypto, publicKey)

describe('a cluster id', () => {
  test('is the same for ever', () => {
    expect(id).toBe('fc14wkhy5ufd5myq0a8lefw07znpklsyj92jn0qjx')
    expect(id).toHaveLength(clusterIdLength)
  })

  test('spells the hash of its own domain and the key', () => {
    const hashed = crypto.sha256(Buffer.concat([Buffer.from('flotilla cluster id v1\0'), publicKey]))
    expect(hashInClusterId(id)).toEqual(hashed.slice(0, 20))
  })

  test('is read back, from upper case too', () => {
    expect(parseClusterId(id)).toBe(id)
    expect(parseClusterId(id.toUpperCase())).toBe(id)
  })

  test('is no node id, and a node id is no cluster id', () => {
    const node = nodeIdFromPublicKey(crypto, publicKey)
    expect(() => parseNodeId(id)).toThrow('is not a node id: it does not begin with "fl1"')
    expect(() => parseClusterId(node)).toThrow('is not a cluster id: it does not begin with "fc1"')
    expect(hashInNodeId(node)).not.toEqual(hashInClusterId(id))
  })

  test('is refused when a character is mistyped', () => {
    const wrong: unknown = expect.objectContaining({ name: 'FlotillaError', code: 'wrong-cluster-id' })
    for (let place = 0; place < id.length; place++) {
      const other = id.charAt(place) === 'q' ? 'p' : 'q'
      expect(() => parseClusterId(id.slice(0, place) + other + id.slice(place + 1))).toThrow(wrong)
    }
  })
})
