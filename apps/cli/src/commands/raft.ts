import { bytesText } from '@flotilla/core/text'
import { exitCodes } from '../exit-codes.ts'
import { cliLimitsDefaults } from '../limits.ts'
import { NodeClient } from '../running-node/node-client.ts'
import { columns, type Line } from '../terminal/lines.ts'
import { nodeOf, dataOption, type Command } from './command.ts'
import { raftText, readRaft, type RaftGroup, type RaftMember, type RaftState } from './raft-answer.ts'

export const raftCommand: Command = {
  name: 'raft',
  summary: 'who decides in the cluster: the group, its members, and who leads',
  usage: 'flotilla raft [--data FOLDER]',
  examples: [['flotilla raft --json', 'the same, with everything that the node knows of it']],
  options: [dataOption],
  words: { least: 0, most: 0 },
  async run(call) {
    const client = await NodeClient.of(nodeOf(call))
    const raft = await client.get('/v1/raft', readRaft)
    return { exitCode: exitCodes.ok, lines: raftLines(raft), document: raft }
  },
}

export const raftFoundCommand: Command = {
  name: 'raft found',
  summary: 'create the group in a cluster that was made before there were groups; once, on one machine',
  usage: 'flotilla raft found [--data FOLDER]',
  examples: [['flotilla raft found', "on the machine that holds the cluster's authority"]],
  options: [dataOption],
  words: { least: 0, most: 0 },
  waitsFor: 'the group to begin',
  async run(call) {
    const client = await NodeClient.of(nodeOf(call))
    const raft = await client.post('/v1/raft/found', {}, readRaft, cliLimitsDefaults.joinMsMax)
    return { exitCode: exitCodes.ok, lines: raftLines(raft), document: raft }
  },
}

function raftLines(raft: RaftState): readonly Line[] {
  const notice: readonly Line[] = raft.notice === null ? [] : [[{ tone: 'careful', text: raft.notice }]]
  if (raft.groups.length === 0) return [`This node: ${raftText({ ...raft, notice: null })}.`, ...notice]
  return [...notice, ...raft.groups.flatMap(groupLines)]
}

function groupLines(group: RaftGroup): readonly Line[] {
  const { name, role, term, leader, quiet, commit, applied, snapshotIndex, logBytes, members, autopilot } = group
  const leads: Line = leader === null ? [{ tone: 'bad', text: 'nobody leads' }] : [`led by ${leader.name || leader.id}`]
  return [
    [{ tone: 'strong', text: name }, ': ', ...leads, quiet ? ', quiet' : ''],
    ...columns([
      ['this node', `${role}, term ${term}`],
      ['decided', `up to ${commit}, of which applied here up to ${applied}`],
      ['log', `${bytesText(logBytes)} after the snapshot at ${snapshotIndex}`],
      ['members', `${autopilot.state}: ${autopilot.reason}`],
    ]),
    '',
    ...columns([['name', 'id', 'part', '', 'behind'], ...members.map(memberRow)]),
  ]
}

/** How much of an id is enough to tell a few hundred nodes apart. */
const idShownLength = 12

function memberRow({ id, name, self, part, leads, entriesBehind, answers }: RaftMember): readonly string[] {
  const notes = [...(leads ? ['leads'] : []), ...(self ? ['this node'] : []), ...(answers === false ? ['silent'] : [])]
  const behind = entriesBehind === null ? '' : String(entriesBehind)
  return [name, `${id.slice(0, idShownLength)}…`, part, notes.join(', '), behind]
}
