import { bytesText, durationText } from '@flotilla/core/text'
import { exitCodes } from '../exit-codes.ts'
import type { NodeAnswer } from '../running-node/node-answer.ts'
import { NodeClient } from '../running-node/node-client.ts'
import { columns, type Line } from '../terminal/lines.ts'
import { nodeOf, dataOption, type Command } from './command.ts'

export const meshCommand: Command = {
  name: 'mesh',
  summary: 'the connections of the node here, who was refused and why, and who is banned',
  usage: 'flotilla mesh [--data FOLDER]',
  examples: [['flotilla mesh', 'connections, who was refused and why, and who is banned']],
  options: [dataOption],
  words: { least: 0, most: 0 },
  async run(call) {
    const client = await NodeClient.of(nodeOf(call))
    const mesh = await client.get('/v1/mesh', (answer) => ({
      peers: answer.list('peers').map(readPeer),
      refusals: Object.fromEntries(answer.counts('refusals')),
      bans: answer.list('bans').map((ban) => ({
        id: ban.text('id'),
        reason: ban.text('reason'),
        secondsLeft: ban.amount('secondsLeft'),
      })),
    }))
    const refusals = Object.entries(mesh.refusals).filter(([, count]) => count > 0)
    const lines: readonly Line[] = [
      ...columns([head, ...mesh.peers.map(row)]),
      ...(refusals.length === 0 ? [] : ['', 'Refused:', ...columns(refusals.map(([why, count]) => [why, `${count}`]))]),
      ...(mesh.bans.length === 0 ? [] : ['', 'Banned:']),
      ...columns(mesh.bans.map(({ id, reason, secondsLeft }) => [id, durationText(secondsLeft), reason])),
    ]
    return { exitCode: exitCodes.ok, lines, document: mesh }
  },
}

type ListedPeer = ReturnType<typeof readPeer>

function readPeer(peer: NodeAnswer) {
  return {
    id: peer.text('id'),
    name: peer.text('name'),
    role: peer.text('role'),
    address: peer.text('address'),
    dialledHere: peer.flag('dialledHere'),
    connectedSeconds: peer.amount('connectedSeconds'),
    messagesIn: peer.count('messagesIn'),
    messagesOut: peer.count('messagesOut'),
    bytesIn: peer.count('bytesIn'),
    bytesOut: peer.count('bytesOut'),
    roundTripMs: peer.optional('roundTripMs', () => peer.amount('roundTripMs')) ?? null,
    queuedFrames: peer.count('queuedFrames'),
    queuedBytes: peer.count('queuedBytes'),
    publicationsDropped: peer.count('publicationsDropped'),
    partitionSuspected: peer.flag('partitionSuspected'),
  }
}

const head = ['name', 'address', 'for', 'round trip', 'in', 'out', 'waiting', 'dropped', '']

function row(peer: ListedPeer): readonly string[] {
  return [
    peer.name,
    peer.address,
    durationText(peer.connectedSeconds),
    peer.roundTripMs === null ? '' : `${peer.roundTripMs.toFixed(1)} ms`,
    `${bytesText(peer.bytesIn)} in ${peer.messagesIn}`,
    `${bytesText(peer.bytesOut)} in ${peer.messagesOut}`,
    `${bytesText(peer.queuedBytes)} in ${peer.queuedFrames}`,
    String(peer.publicationsDropped),
    peer.partitionSuspected ? 'silent: perhaps cut off' : '',
  ]
}
