import { bytesText } from '@flotilla/core/text'
import { exitCodes } from '../exit-codes.ts'
import { NodeClient } from '../running-node/node-client.ts'
import type { NodeAnswer } from '../running-node/node-answer.ts'
import { columns, type Line } from '../terminal/lines.ts'
import { nodeOf, dataOption, type Command } from './command.ts'

/** How much of an id is enough to tell a few hundred nodes apart. */
const idShownLength = 12

export const nodesCommand: Command = {
  name: 'nodes',
  summary: 'who is in the cluster, as the node here sees it',
  usage: 'flotilla nodes [--data FOLDER]',
  examples: [['flotilla nodes', 'who is in, who is connected, and how far away']],
  options: [dataOption],
  words: { least: 0, most: 0 },
  async run(call) {
    const client = await NodeClient.of(nodeOf(call))
    const { degraded, nodes } = await client.get('/v1/nodes', (answer) => ({
      degraded: answer.flag('degraded'),
      nodes: answer.list('nodes').map(readNode),
    }))
    const warning: Line = [{ tone: 'bad', text: 'Degraded: this node sees less than a majority of the cluster.' }]
    return {
      exitCode: exitCodes.ok,
      lines: [...(degraded ? [warning] : []), ...columns([head, ...nodes.map(row)])],
      document: { degraded, nodes },
    }
  },
}

type ListedNode = ReturnType<typeof readNode>

function readNode(node: NodeAnswer) {
  return {
    id: node.text('id'),
    name: node.text('name'),
    self: node.flag('self'),
    status: node.text('status'),
    roles: node.texts('roles'),
    version: node.text('version'),
    addresses: node.texts('addresses'),
    connected: node.flag('connected'),
    roundTripMs: node.optional('roundTripMs', () => node.amount('roundTripMs')) ?? null,
    bytesIn: node.count('bytesIn'),
    bytesOut: node.count('bytesOut'),
    certificateNotAfter: node.optional('certificateNotAfter', () => node.text('certificateNotAfter')) ?? null,
  }
}

const head = ['name', 'id', 'status', 'link', 'round trip', 'in', 'out', 'certificate until', 'address']

function row(node: ListedNode): readonly string[] {
  return [
    node.name,
    `${node.id.slice(0, idShownLength)}…`,
    node.status,
    node.self ? 'this node' : node.connected ? 'connected' : 'none',
    node.roundTripMs === null ? '' : `${node.roundTripMs.toFixed(1)} ms`,
    node.self ? '' : bytesText(node.bytesIn),
    node.self ? '' : bytesText(node.bytesOut),
    node.certificateNotAfter?.slice(0, 10) ?? '',
    node.addresses.join(' '),
  ]
}
