import { FlotillaError } from '@flotilla/core/errors'
import { raftText, readRaft } from '../commands/raft-answer.ts'
import { NodeClient } from '../running-node/node-client.ts'
import type { Finding } from './finding.ts'

const subject = 'group'

/** Which part a node that runs has in the group of its cluster; nothing of one that does not run. */
export async function checkGroup(folder: string): Promise<readonly Finding[]> {
  try {
    const raft = await (await NodeClient.of(folder)).get('/v1/raft', readRaft)
    const [group] = raft.groups
    if (raft.state === 'failed') {
      const what = 'this node takes no part in the group of its cluster'
      return [{ subject, state: 'failed', what, hint: raft.notice ?? 'see its log' }]
    }
    const what = raftText(raft)
    if (raft.notice !== null) return [{ subject, state: 'warning', what, hint: raft.notice }]
    if (group === undefined || group.leader !== null) return [{ subject, state: 'ok', what }]
    const hint = 'see with `flotilla nodes` that more than half of the voters run and are connected'
    return [{ subject, state: 'warning', what, hint }]
  } catch (error) {
    if (!(error instanceof FlotillaError)) throw error
    // Whether it runs, and what it answers, is another check's.
    return []
  }
}
