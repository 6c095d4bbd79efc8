/** A member as a process. */
import type { NodeId } from '@flotilla/core/ids'
import { nodeEntropy } from '@flotilla/core/random/node'
import { serve } from '@flotilla/core/testing/node'
import { nodeClock } from '@flotilla/core/time/node'
import { meshOrders } from '@flotilla/transport/testing/node'
import type { Group, RaftNode, RaftSettings } from '../src/index.ts'
import { nodeRaft, openNodeStorage } from '../src/node.ts'
import { registers, type Put } from './register-machine.ts'

export interface Opening {
  readonly names: readonly string[]
  readonly voters: readonly NodeId[]
  readonly settings?: Partial<RaftSettings>
}

let node: RaftNode
const groups: Group<Put, undefined, string, Uint8Array>[] = []

serve({
  ...meshOrders(async ({ network }, { folder }) => {
    const storage = await openNodeStorage({ folder })
    node = nodeRaft({ network, storage, clock: nodeClock(), entropy: nodeEntropy(), onStopped: fail })
  }),
  async open({ names, voters, settings = {} }: Opening) {
    for (const name of names) groups.push(await node.open({ name, machine: registers, voters, settings }))
  },
  applied: () => groups[0]?.status().applied,
  leads: () => groups[0]?.status().role === 'leader',
  quiet: () => groups.every((group) => group.status().quiet),
  transfer: () => groups[0]?.transferLeadership(),
})

function fail(error: Error): never {
  throw error
}
