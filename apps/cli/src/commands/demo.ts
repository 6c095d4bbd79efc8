import { relative, resolve } from 'node:path'
import { FlotillaError } from '@flotilla/core/errors'
import { DemoCluster, invite, type StartedNode } from '../demo/demo-cluster.ts'
import { demoFolderUsual } from '../demo/demo-plan.ts'
import { demoSummary, type DemoFacts } from '../demo/demo-summary.ts'
import { stopSignals } from '../demo/stop-signals.ts'
import { exitCodes } from '../exit-codes.ts'
import { cliLimitsDefaults } from '../limits.ts'
import { NodeClient } from '../running-node/node-client.ts'
import { quotedWord } from '../shell/split-line.ts'
import { statusLine } from '../terminal/status-line.ts'
import type { Call, Command } from './command.ts'

export const demoCommand: Command = {
  name: 'demo',
  summary: 'run a cluster of three nodes on this machine until it is told to stop, as `npm start` does',
  usage: 'flotilla demo [--folder FOLDER]',
  examples: [
    ['flotilla demo', 'three nodes below .flotilla/demo; another start goes on with what they keep'],
    ['flotilla demo --json', 'one JSON document when they agree, for programs'],
  ],
  exitCodes: [[exitCodes.interrupted, 'a second Ctrl-C ended it before its nodes had stopped']],
  options: [
    { name: 'folder', placeholder: 'FOLDER', description: `where the nodes are kept; default: ${demoFolderUsual}` },
  ],
  words: { least: 0, most: 0 },
  async run(call) {
    const begunMs = performance.now()
    const folder = resolve(call.options.get('folder') ?? demoFolderUsual)
    const status = statusLine(call)
    const say = (text: string): void => {
      status.clear()
      if (call.options.has('json')) console.error(text)
      else call.say([`  ${text}`], { event: 'note', text })
    }
    using signals = stopSignals()
    const cluster = await DemoCluster.plan({ folder, say, onProgress: status.show })
    signals.onSecond(() => {
      status.clear()
      cluster.kill()
      process.exit(exitCodes.interrupted)
    })
    const show = async (): Promise<void> => {
      const nodes = await cluster.start(signals.first)
      const agreement = await cluster.agreed(nodes, signals.first)
      const token = await tokenFrom(nodes)
      signals.first.throwIfAborted()
      status.clear()
      const facts = factsOf({ call, folder, nodes, agreement, token, seconds: (performance.now() - begunMs) / 1_000 })
      call.say(demoSummary(facts), { event: 'ready', ...facts })
      await signals.stopped
    }
    try {
      // Whoever has enough of it while it begins need not wait until it has begun.
      await Promise.race([show(), signals.stopped])
    } catch (error) {
      if (!signals.first.aborted) throw error
    } finally {
      status.show('Stopping the nodes')
      await cluster[Symbol.asyncDispose]()
      status.clear()
    }
    return { exitCode: exitCodes.ok, lines: ['  Stopped.'], document: { event: 'stopped' } }
  },
}

type Parts = Pick<DemoFacts, 'agreement' | 'token' | 'seconds' | 'folder'> & {
  readonly call: Call
  readonly nodes: readonly StartedNode[]
}

function factsOf({ call, nodes, folder, ...parts }: Parts): DemoFacts {
  const isUsual = call.options.get('folder') === undefined
  return {
    ...parts,
    folder: relative('', folder) || '.',
    tokenSeconds: cliLimitsDefaults.demoInviteSeconds,
    nodes: nodes.map(({ id, pid, pageUrl, planned: { name, meshPort } }) => ({ name, id, pid, pageUrl, meshPort })),
    program: './flotilla',
    dataFlag: isUsual ? '' : ` --data ${quotedWord(relative('', nodes[0]?.planned.folder ?? ''))}`,
  }
}

async function tokenFrom([first]: readonly StartedNode[]): Promise<string | undefined> {
  if (first === undefined) return undefined
  try {
    return await invite(await NodeClient.of(first.planned.folder), cliLimitsDefaults.demoInviteSeconds)
  } catch (error) {
    if (error instanceof FlotillaError) return undefined
    throw error
  }
}
