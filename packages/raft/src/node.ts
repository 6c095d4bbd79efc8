/**
 * Raft in a Node process: what `createRaft` and `createRaftClient` are, at the end of each turn of the event loop, when
 * everything that has arrived was handed out. That makes the batches: one write and one message for each peer.
 */
import { createRaftClient, createRaftClients } from './client/raft-client.ts'
import { createRaft } from './driver/raft-driver.ts'
import type {
  GroupClient,
  RaftClientOptions,
  RaftClients,
  RaftClientsOptions,
  RaftNode,
  RaftOptions,
} from './raft.ts'

export function nodeRaft(options: RaftOptions): RaftNode {
  return createRaft({ afterTurn, ...options })
}

export function nodeRaftClients(options: RaftClientsOptions): RaftClients {
  return createRaftClients({ afterTurn, ...options })
}

export function nodeRaftClient<Command, Result, Query, Answer>(
  options: RaftClientOptions<Command, Result, Query, Answer>,
): GroupClient<Command, Result, Query, Answer> {
  return createRaftClient({ afterTurn, ...options })
}

function afterTurn(run: () => void): void {
  setImmediate(run)
}
