import type { Prng } from '@flotilla/core/random'
import type { Vault } from '../../src/vault/contract.ts'

/** How often one that lies does so, of all that it is asked to read: it must tell the truth now and then. */
const lieOneIn = 4

/** A vault that gives others wrong bytes now and then: one bit of a chunk, or another chunk of that length. */
export function lyingVault(vault: Vault, random: Prng): Vault {
  return new Proxy(vault, {
    get(target, property) {
      if (property === 'read') {
        return async (...args: Parameters<Vault['read']>) => {
          const chunks = await target.read(...args)
          return random.chance(1, lieOneIn) ? lied(chunks, random) : chunks
        }
      }
      const value: unknown = Reflect.get(target, property, target)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}

function lied(chunks: readonly Uint8Array[], random: Prng): readonly Uint8Array[] {
  const which = random.below(chunks.length)
  return chunks.map((bytes, index) => {
    if (index !== which || bytes.length === 0) return bytes
    const changed = Uint8Array.from(bytes)
    const at = random.below(changed.length)
    changed[at] = (changed[at] ?? 0) ^ (1 << random.below(8))
    return changed
  })
}
