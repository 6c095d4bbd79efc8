import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { FlotillaError } from '@flotilla/core/errors'
import { readClusterPlace } from '../commands/cluster-answer.ts'
import { readRaft } from '../commands/raft-answer.ts'
import { lockHolder } from '../doctor/lock-holder.ts'
import { cliLimitsDefaults } from '../limits.ts'
import { NodeClient } from '../running-node/node-client.ts'
import { agreementOf, type DemoAgreement, type DemoView } from './demo-agreement.ts'
import { demoNames, planDemo, type PlannedNode } from './demo-plan.ts'
import { freePorts, isPortFree } from './free-ports.ts'
import { SupervisedNode, type ReadyNode } from './supervised-node.ts'

export interface DemoOptions {
  readonly folder: string
  /** Tells the person in front of it what happens. */
  readonly say: (text: string) => void
  /** How far it has come, as often as it is looked at. */
  readonly onProgress: (what: string) => void
}

export interface StartedNode extends ReadyNode {
  readonly planned: PlannedNode
}

/** A cluster of several nodes on this machine, as processes of this one. */
export class DemoCluster implements AsyncDisposable {
  readonly #options: DemoOptions
  readonly #supervised: readonly SupervisedNode[]

  private constructor(options: DemoOptions, supervised: readonly SupervisedNode[]) {
    this.#options = options
    this.#supervised = supervised
  }

  /** Nothing runs yet. */
  static async plan(options: DemoOptions): Promise<DemoCluster> {
    const { portsTriedMax: tried, demoPageFrom, demoMeshFrom } = cliLimitsDefaults
    await atRest(options)
    const count = demoNames.length
    const pages = await freePorts({ from: demoPageFrom, tried, count }, (port) => {
      return isPortFree(port, { host: '127.0.0.1', datagrams: false })
    })
    const mesh = await freePorts({ from: demoMeshFrom, tried, count }, (port) => {
      return isPortFree(port, { host: '0.0.0.0', datagrams: true })
    })
    mkdirSync(options.folder, { recursive: true, mode: 0o700 })
    const planned = planDemo(options.folder, { pages, mesh })
    return new DemoCluster(
      options,
      planned.map((node) => new SupervisedNode(node, options.say)),
    )
  }

  /** Starts all of them, and has those that are in no cluster yet join that of the first one. */
  async start(signal: AbortSignal): Promise<readonly StartedNode[]> {
    this.#options.onProgress('Starting the nodes')
    const started = await Promise.all(
      this.#supervised.map(async (node) => ({ planned: node.planned, ...(await node.start()) })),
    )
    signal.throwIfAborted()
    const [first, ...others] = await Promise.all(started.map(({ planned }) => NodeClient.of(planned.folder)))
    if (first === undefined) return started
    this.#options.onProgress('Making the cluster')
    const place = await first.get('/v1/cluster', readClusterPlace)
    if (place === undefined) await first.post('/v1/cluster/init', {}, readClusterPlace)
    await Promise.all(others.map((other) => joined(first, other)))
    return started
  }

  /** Until they agree, or it has taken too long, which is told by what comes back. */
  async agreed(nodes: readonly StartedNode[], signal: AbortSignal): Promise<DemoAgreement> {
    const { demoAgreeMsMax, demoAskedEveryMs } = cliLimitsDefaults
    const ids = nodes.map(({ id }) => id)
    const until = performance.now() + demoAgreeMsMax
    for (;;) {
      const views = await Promise.all(nodes.map(({ planned }) => viewOf(planned.folder)))
      const agreement = agreementOf(views, ids)
      if (agreement.isComplete || performance.now() > until) return agreement
      const { leader, voters } = agreement
      const leads = leader === undefined ? 'nobody leads yet' : `${leader.name} leads`
      this.#options.onProgress(`Waiting until they agree: ${leads}, ${voters} of ${ids.length} have a vote`)
      await pause(demoAskedEveryMs, undefined, { signal })
    }
  }

  /** At once, with nothing finished; what they keep stands that, as it stands a power failure. */
  kill(): void {
    for (const node of this.#supervised) node.kill()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#supervised.map((node) => node[Symbol.asyncDispose]()))
  }
}

/**
 * Nodes whose program was killed need a moment to stop by themselves. Whoever starts a second demonstration on one
 * folder is told before anything is touched.
 */
async function atRest({ folder, onProgress }: DemoOptions): Promise<void> {
  const { demoAskedEveryMs, demoLeftMsMax } = cliLimitsDefaults
  const folders = demoNames.map((name) => join(folder, name))
  for (let waitedMs = 0; ; waitedMs += demoAskedEveryMs) {
    const holders = (await Promise.all(folders.map(lockHolder))).filter((pid) => pid !== undefined)
    if (holders.length === 0) return
    if (waitedMs >= demoLeftMsMax) {
      throw new FlotillaError('in-use', `the nodes in ${folder} run already, as processes ${holders.join(', ')}`, {
        hint: 'use those, stop them, or choose another folder with --folder',
      })
    }
    onProgress('Waiting for nodes of an earlier start to stop')
    await pause(demoAskedEveryMs)
  }
}

async function joined(first: NodeClient, other: NodeClient): Promise<void> {
  const place = await other.get('/v1/cluster', readClusterPlace)
  if (place !== undefined) return
  const { demoInviteSeconds, joinMsMax } = cliLimitsDefaults
  const token = await invite(first, demoInviteSeconds)
  await other.post('/v1/cluster/join', { token }, readClusterPlace, joinMsMax)
}

/** A token that lets one machine join. */
export function invite(client: NodeClient, ttlSeconds: number): Promise<string> {
  return client.post('/v1/cluster/invite', { ttlSeconds, role: 'node' }, (answer) => answer.text('token'))
}

async function viewOf(folder: string): Promise<DemoView> {
  try {
    const client = await NodeClient.of(folder)
    const raft = await client.get('/v1/raft', readRaft)
    const alive = await client.get('/v1/nodes', (answer) => {
      const up = answer.list('nodes').filter((node) => node.text('status') === 'alive')
      return up.map((node) => node.text('id'))
    })
    return { raft, alive }
  } catch (error) {
    // One that has just ended is started again, and looked at again.
    if (!(error instanceof FlotillaError)) throw error
    return { raft: { state: 'failed', notice: error.message, groups: [] }, alive: [] }
  }
}
