import type { WorldView } from '@flotilla/sim'
import type { BlobId } from '../../src/types.ts'

/** What is known of a blob that one node alone puts and deletes, from what that node was told. */
export interface Belonging {
  readonly owner: string
  readonly content: Uint8Array
  id: BlobId | undefined
  /** `either`: somebody has failed, or died, while it was being put or deleted. */
  state: 'absent' | 'present' | 'either'
  /** How many copies were acknowledged. */
  copies: number
  /** Rises with everything that its owner begins with it. */
  round: number
}

const sizes = [0, 40, 600, 3_000, 9_000]

/** Every node has contents of its own, so that what each was told leaves no doubt. */
export function belongingsOf(world: WorldView, owners: readonly string[], each: number): readonly Belonging[] {
  const taken = new Set<string>()
  return owners.flatMap((owner) =>
    Array.from({ length: each }, (): Belonging => {
      let content = world.random.bytes(world.random.pick(sizes))
      while (taken.has(content.join())) content = world.random.bytes(100)
      taken.add(content.join())
      return { owner, content, id: undefined, state: 'absent', copies: 0, round: 0 }
    }),
  )
}
