/** A node of the torture: a process that is killed, stopped and started again at any moment. */
import { createInterface } from 'node:readline'
import { nodeDisk } from '@flotilla/core/disk/node'
import { unreachable } from '@flotilla/core/errors'
import { nodeEntropy } from '@flotilla/core/random/node'
import { nodeClock } from '@flotilla/core/time/node'
import { openDiskStorage, type Group, type RaftSettings } from '@flotilla/raft'
import { nodeRaft } from '@flotilla/raft/node'
import { joinMesh } from './mesh-place.ts'
import { groupName, stoppedExitCode, type NodeInstructions, type NodeOrder } from './programs.ts'
import {
  registers,
  type RegisterAnswer,
  type RegisterCommand,
  type RegisterQuery,
  type RegisterResult,
} from './register-machine.ts'

type Registers = Group<RegisterCommand, RegisterResult, RegisterQuery, RegisterAnswer>

/** Little log, so that snapshots are made and brought all the time. */
const settings: Partial<RaftSettings> = { snapshotLogBytes: 128 * 2 ** 10, trailingBytes: 32 * 2 ** 10 }
const orderTimeoutMs = 10_000

/** The disk is full or broken: nothing is certain any more but what is on it. */
function giveUp(error: unknown): never {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  process.exit(stoppedExitCode)
}

async function openNode(instructions: NodeInstructions): Promise<Registers> {
  const { folder, nodes } = instructions
  const [clock, entropy] = [nodeClock(), nodeEntropy()]
  const storage = await openDiskStorage({ disk: await nodeDisk({ folder }), entropy }).catch(giveUp)
  const { network } = await joinMesh(instructions)
  const node = nodeRaft({ network, storage, clock, entropy, settings, onStopped: giveUp })
  return node.open({ name: groupName, machine: registers, voters: nodes.map(({ id }) => id) })
}

async function obey(group: Registers, order: NodeOrder, { self, nodes }: NodeInstructions): Promise<string> {
  const options = { timeoutMs: orderTimeoutMs }
  switch (order) {
    case 'digest': {
      const { value } = await group.read({ type: 'digest' }, options)
      return value ?? ''
    }
    case 'transfer':
      return await group.transferLeadership(undefined, options)
    case 'rejoin': {
      const all = nodes.map(({ id }) => id)
      const { voters } = group.status().configuration
      // Where an earlier one was interrupted, it is only brought to its end: few voters are soon too few.
      const others = all.filter((id) => id !== self)
      if (voters.length === all.length) await group.changeMembers({ voters: others, learners: [self] }, options)
      await group.settle({ voters: all, learners: [] }, options)
      return ''
    }
    default:
      return unreachable(order, 'order')
  }
}

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const first = await lines.next()
const instructions = JSON.parse(String(first.value)) as NodeInstructions
const group = await openNode(instructions)
console.log('ready')
for (let line = await lines.next(); line.done !== true; line = await lines.next()) {
  const order = line.value as NodeOrder
  obey(group, order, instructions).then(
    (answer) => console.log(`${order} ${answer}`),
    () => console.log(`${order} failed`),
  )
}
