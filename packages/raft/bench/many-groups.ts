import { nodeCrypto } from '@flotilla/core/crypto/node'
import { nodeIdFromPublicKey } from '@flotilla/core/ids'
import { nodeEntropy } from '@flotilla/core/random/node'
import { memoryHub, type Running } from '@flotilla/core/testing'
import { nodeClock } from '@flotilla/core/time/node'
import type { Group } from '../src/index.ts'
import { memoryStorage } from '../src/index.ts'
import { nodeRaft } from '../src/node.ts'
import { keyFor, value } from './work.ts'
import { registers, type Put } from './register-machine.ts'

const atOnce = 64

/** One node, alone and in memory, with so many groups; puts go to one after the other, a turn of 64 at a time. */
export async function putsToManyGroups(items: number): Promise<Running> {
  const [clock, entropy] = [nodeClock(), nodeEntropy()]
  const self = nodeIdFromPublicKey(nodeCrypto(), entropy.bytes(32))
  const { network } = memoryHub({ clock }).join(self)
  const node = nodeRaft({ network, storage: memoryStorage({ entropy }).open(), clock, entropy })
  const names = Array.from({ length: items }, (_, index) => `group-${index}`)
  const groups = await Promise.all(names.map((name) => node.open({ name, machine: registers, voters: [self] })))
  const put = async (group: Group<Put, undefined, string, Uint8Array> | undefined, turn: number): Promise<void> => {
    await group?.run({ key: keyFor(turn), value })
  }
  await Promise.all(groups.map(put)) // Each has a leader then.
  let next = 0
  return {
    async work(count) {
      for (let done = 0; done < count; done += atOnce) {
        const turns = Array.from({ length: atOnce }, () => next++)
        await Promise.all(turns.map((turn) => put(groups[turn % items], turn)))
      }
      return Math.ceil(count / atOnce) * atOnce
    },
    async stop() {
      await node[Symbol.asyncDispose]()
    },
  }
}
