/** A client of etcd as a process. */
import { serve } from '@flotilla/core/testing/node'
import { Etcd3 } from 'etcd3'
import { inTurns, keyFor, untilAccepted, value, type Work } from './work.ts'

let client: Etcd3

serve({
  connect(endpoints: string[]) {
    client = new Etcd3({ hosts: endpoints })
  },
  puts: ({ count, atOnce }: Work) => inTurns(count, atOnce, (turn) => client.put(keyFor(turn)).value(value).exec()),
  untilAccepted: () => untilAccepted(() => client.put(keyFor(0)).value(value).exec()),
  reads: ({ count, atOnce }: Work) => inTurns(count, atOnce, (turn) => client.get(keyFor(turn)).buffer()),
})
