import { after } from '@flotilla/core/time'
import { allFaults, repeat, type Host, type HostSpec, type Suite, type WorldView } from '@flotilla/sim'
import { createClusterMonitor, createMonitor, type ControlRecord, type PlacedProcess } from '../src/index.ts'
import { ScriptedMachine } from '../src/testing/index.ts'
import { permittedOrders } from './eyes/permitted-orders.ts'
import { trueSummaries } from './eyes/true-summaries.ts'
import { isSeenByAll } from './eyes/seen-by-all.ts'
import { Lookout, type Eye } from './eyes/lookout.ts'

const diskFaults: ReadonlySet<string> = new Set(['disk-stalls', 'disk-full', 'sync-failures', 'bit-rot'])

/** The only one whom the others obey. */
const operator = 'ann'

export const suite: Suite = {
  name: 'eyes',
  summary: 'Machines see each other as they are or were, and obey only whom they should.',
  seeds: 150,
  faults: allFaults.filter((kind) => !diskFaults.has(kind)),
  safetyMs: 30_000,
  healMs: 60_000,
  begin(world) {
    const names = ['ann', 'bob', 'cid', 'dan', 'eve'].slice(0, world.random.between(2, 5))
    const lookout = new Lookout(world.idOf(operator))
    return {
      hosts: names.map((name): HostSpec => ({ name, start: (host) => live(world, lookout, host, names) })),
      invariants: [trueSummaries(lookout), permittedOrders(lookout)],
      progress: [
        isSeenByAll(lookout, names.length),
        { sentence: 'Everybody answers.', seen: () => lookout.isAllAnswered },
      ],
    }
  },
}

/** One life of one machine: it changes, and looks at the others, and the operator ends a process here and there. */
async function live(
  world: WorldView,
  lookout: Lookout,
  host: Host,
  names: readonly string[],
): Promise<AsyncDisposable> {
  const machine = new ScriptedMachine({ clock: host.clock, bootId: `${host.name}-${host.incarnation}` })
  const monitor = createMonitor({ source: machine, control: machine, clock: host.clock })
  const records: ControlRecord[] = []
  const cluster = createClusterMonitor({
    network: host.network,
    monitor,
    clock: host.clock,
    life: `${host.name} ${host.incarnation}`,
    control: {
      permits: (from) => from === lookout.operator,
      audit: (record) => Promise.resolve(void records.push(record)),
    },
  })
  const eye: Eye = { id: host.id, machine, cluster, records }
  lookout.eyes.set(host.name, eye)
  const acting = repeat(host, {
    pauseMs: [100, 2_000],
    async act() {
      if (!world.isMended()) change(host, machine)
      if (host.random.chance(1, 3)) await watchAWhile(host, eye)
      await look(world, lookout, host, eye, names.length)
    },
  })
  return {
    async [Symbol.asyncDispose]() {
      await acting[Symbol.asyncDispose]()
      lookout.eyes.delete(host.name)
      await cluster[Symbol.asyncDispose]()
      await monitor[Symbol.asyncDispose]()
    },
  }
}

function change({ random }: Host, machine: ScriptedMachine): void {
  machine.load.usage = random.between(0, 100) / 100
  machine.load.memoryUsedBytes = random.between(1, 7) * 1_000_000_000
  if (random.chance(1, 2))
    machine.start({ name: random.pick(['sh', 'node', 'make']), processor: random.between(0, 3) / 2 })
  if (random.chance(1, 4)) machine.end(random.between(100, 120))
  if (random.chance(1, 20)) machine.reboot()
}

async function watchAWhile({ clock, random }: Host, { cluster }: Eye): Promise<void> {
  const stop = new AbortController()
  using _timer = clock.wakeAt(after(clock.now(), random.between(500, 5_000)), () => stop.abort())
  try {
    for await (const _nodes of cluster.watch({ signal: stop.signal })) if (random.chance(1, 10)) break
  } catch (error) {
    if (!stop.signal.aborted) throw error
  }
}

/** Asks everybody for the busiest, checks what comes, and as the operator ends one of them. */
async function look(world: WorldView, lookout: Lookout, host: Host, { cluster }: Eye, count: number): Promise<void> {
  const wasMended = world.isMended()
  const limit = host.random.between(1, 8)
  const list = await cluster.processes({ text: 'n', limit })
  const wrong = list.processes.find(({ name, command }) => !`${name} ${command}`.includes('n'))
  if (wrong !== undefined) host.fail('Only what was asked for comes.', wrong.command)
  if (list.processes.length > limit) host.fail('No more comes than was asked for.')
  if (!isSorted(list.processes)) host.fail('The busiest come first.', JSON.stringify(list.processes))
  if (list.processes.length < Math.min(limit, list.matching)) host.fail('As many come as match.')
  if (wasMended && list.unanswered.length === 0 && host.network.peers().length === count - 1)
    lookout.answered.add(host.id)
  const [first] = list.processes
  if (first === undefined || first.pid === 1 || !host.random.chance(1, 3)) return
  await cluster.signal({ node: first.node, process: first, signal: 'SIGTERM', actor: host.name }).catch(() => {})
}

function isSorted(processes: readonly PlacedProcess[]): boolean {
  return processes.every(({ processor }, index) => processor <= (processes[index - 1]?.processor ?? Infinity))
}
