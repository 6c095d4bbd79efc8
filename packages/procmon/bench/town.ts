import type { NodeId } from '@flotilla/core/ids'
import { memoryHub, type Timing } from '@flotilla/core/testing'
import { nodeClock } from '@flotilla/core/time/node'
import { createClusterMonitor, createMonitor, type ClusterMonitor } from '../src/index.ts'
import { ScriptedMachine } from '../src/testing/index.ts'

/** Longer than what was read may be told again. */
const pauseMs = 600

/** So many machines with so many processes each, in one process; one of them asks all for their busiest. */
export async function askingATown(nodes: number, processes: number): Promise<Timing> {
  const clock = nodeClock()
  const hub = memoryHub({ clock })
  const stack = new AsyncDisposableStack()
  const clusters: ClusterMonitor[] = []
  for (let index = 0; index < nodes; index++) {
    const id = `node-${index}` as NodeId
    const machine = new ScriptedMachine({ clock, bootId: id })
    for (let count = 1; count < processes; count++) {
      machine.start({ name: `work-${count}`, processor: count / processes, command: `/usr/bin/work ${id} ${count}` })
    }
    const { network } = stack.use(hub.join(id))
    const monitor = stack.use(createMonitor({ source: machine, control: machine, clock }))
    const control = { permits: () => false, audit: () => Promise.resolve() }
    clusters.push(stack.use(createClusterMonitor({ network, monitor, clock, life: id, control })))
  }
  const ask = (): Promise<unknown> =>
    clusters[0]?.processes({ limit: 20 }) ?? Promise.reject(new Error('there is nobody'))
  await ask()
  return {
    async time() {
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
      const begunMs = performance.now()
      await ask()
      return performance.now() - begunMs
    },
    stop: () => stack.disposeAsync(),
  }
}
