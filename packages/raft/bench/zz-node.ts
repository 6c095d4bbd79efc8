/** A member as a process. */
import type { NodeId } from '@flotilla/core/ids'
import { nodeEntropy } from '@flotilla/core/random/node'
import { serve } from '@flotilla/core/testing/node'
import { nodeClock } from '@flotilla/core/time/node'
import { meshOrders } from '@flotilla/transport/testing/node'
import type { Group, RaftNode, RaftSettings } from '../src/index.ts'
import { nodeRaft, openNodeStorage } from '../src/node.ts'
import { SegmentFiles } from "../src/storage/log/segment-files.ts"
SegmentFiles.prototype.filled = () => {}
import { registers, type Put } from './register-machine.ts'

export interface Opening {
  readonly names: readonly string[]
  readonly voters: readonly NodeId[]
  readonly settings?: Partial<RaftSettings>
}

let t: any
let st: any
let w = { n: 0, s: 0, max: 0 }
const h = (name: string) => ({ observe: (_l: unknown, v: number) => { if (name.endsWith('write_seconds')) { w.n++; w.s += v; if (v > w.max) w.max = v } } })
const metrics: any = { counter: () => ({ inc() {} }), gauge: () => ({ set() {}, inc() {}, dec() {} }), histogram: (o: any) => h(o.name) }
let node: RaftNode
const groups: Group<Put, undefined, string, Uint8Array>[] = []

serve({
  ...meshOrders(async (tt, { folder }) => {
    const { network } = tt
    t = tt
    const storage = await openNodeStorage({ folder, limits: { openingSegmentBytes: 67108864 } })
    node = nodeRaft({ network, storage, clock: nodeClock(), entropy: nodeEntropy(), onStopped: fail, metrics })
    st = storage
  }),
  async open({ names, voters, settings = {} }: Opening) {
    for (const name of names) groups.push(await node.open({ name, machine: registers, voters, settings }))
  },
  applied: () => groups[0]?.status().applied,
  figures: () => ({ st: st.figures(), peers: t.figures().peers.map((p: any) => [p.name, p.messagesOut, p.bytesOut, p.messagesIn, p.bytesIn]) }),
  writes: () => { const r = w; w = { n: 0, s: 0, max: 0 }; return r },
  leads: () => groups[0]?.status().role === 'leader',
  quiet: () => groups.every((group) => group.status().quiet),
  transfer: () => groups[0]?.transferLeadership(),
})

function fail(error: Error): never {
  throw error
}
