/** Clients of the torture: what they did goes out as lines of the history. */
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { Prng } from '@flotilla/core/random'
import { nodeEntropy } from '@flotilla/core/random/node'
import { nodeClock } from '@flotilla/core/time/node'
import { nodeRaftClient } from '@flotilla/raft/node'
import { workload } from './client-workload.ts'
import { joinMesh } from './mesh-place.ts'
import { groupName, type ClientInstructions } from './programs.ts'
import { registers } from './register-machine.ts'

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const first = await lines.next()
const instructions = JSON.parse(String(first.value)) as ClientInstructions
const { name, seed, concurrency, nodes } = instructions
const { network } = await joinMesh(instructions)
const client = nodeRaftClient({
  network,
  clock: nodeClock(),
  entropy: nodeEntropy(),
  group: groupName,
  codecs: registers.create().codecs,
  members: () => nodes.map(({ id }) => id),
})
const stopping = new AbortController()
void lines.next().then(() => stopping.abort())
await workload({
  registers: client,
  name,
  prng: new Prng(seed),
  concurrency,
  signal: stopping.signal,
  record: (line) => console.log(JSON.stringify(line)),
  nowMs: () => Number(process.hrtime.bigint()) / 1e6,
  pause: (milliseconds) => sleep(milliseconds),
})
process.exit()
