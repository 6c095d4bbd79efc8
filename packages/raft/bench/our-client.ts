/** A client of ours as a process: it is connected with the members and is none. */
import { nodeEntropy } from '@flotilla/core/random/node'
import { serve } from '@flotilla/core/testing/node'
import { nodeClock } from '@flotilla/core/time/node'
import { meshOrders } from '@flotilla/transport/testing/node'
import type { Replicated } from '../src/index.ts'
import { nodeRaftClient } from '../src/node.ts'
import { registers, type Put } from './register-machine.ts'
import { inTurns, keyFor, untilAccepted, value, type Work } from './work.ts'

let client: Replicated<Put, undefined, string, Uint8Array>

serve({
  ...meshOrders(({ network }) => {
    const { codecs } = registers.create()
    client = nodeRaftClient({ network, clock: nodeClock(), entropy: nodeEntropy(), group: 'bench', codecs })
  }),
  puts: ({ count, atOnce }: Work) => inTurns(count, atOnce, (turn) => client.run({ key: keyFor(turn), value })),
  reads: ({ count, atOnce }: Work) => inTurns(count, atOnce, (turn) => client.read(keyFor(turn))),
  untilAccepted: () => untilAccepted(() => client.run({ key: keyFor(0), value })),
})
