/** A client of ours as a process: it is connected with the members and is none. */
import { nodeEntropy } from '@flotilla/core/random/node'
import { serve } from '@flotilla/core/testing/node'
import { nodeClock } from '@flotilla/core/time/node'
import { nodeRaftClient } from '@flotilla/raft/node'
import { meshOrders } from '@flotilla/transport/testing/node'
import { createLocks, lockMachine, type Locks } from '../src/index.ts'
import { lockAndUnlock, type Work } from './work.ts'

let locks: Locks

serve({
  ...meshOrders(({ network }) => {
    const [clock, entropy] = [nodeClock(), nodeEntropy()]
    const { codecs } = lockMachine.create()
    const group = nodeRaftClient({ network, clock, entropy, group: 'locks', codecs })
    locks = createLocks({ group, clock, entropy, name: 'bench' })
  }),
  locks: (work: Work) => lockAndUnlock(work, once),
})

async function once(key: string): Promise<void> {
  const lock = await locks.acquire(key)
  await lock.release()
}
