/** A member as a process: it holds the replicated table of locks. */
import type { NodeId } from '@flotilla/core/ids'
import { nodeEntropy } from '@flotilla/core/random/node'
import { serve } from '@flotilla/core/testing/node'
import { nodeClock } from '@flotilla/core/time/node'
import type { RaftNode } from '@flotilla/raft'
import { nodeRaft, openNodeStorage } from '@flotilla/raft/node'
import { meshOrders } from '@flotilla/transport/testing/node'
import { lockMachine } from '../src/index.ts'

let node: RaftNode

serve({
  ...meshOrders(async ({ network }, { folder }) => {
    const storage = await openNodeStorage({ folder })
    node = nodeRaft({ network, storage, clock: nodeClock(), entropy: nodeEntropy() })
  }),
  async open(voters: readonly NodeId[]) {
    await node.open({ name: 'locks', machine: lockMachine, voters })
  },
})
