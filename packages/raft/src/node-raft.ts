import { createRaftClient, createRaftClients } from './client/raft-client.ts'
import { createRaft } from './driver/raft-driver.ts'
import type { GroupClient, RaftClientOptions, RaftClients, RaftClientsOptions, RaftNode, RaftOptions } from './raft.ts'

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

/** When everything that has arrived in this turn of the event loop was handed out. */
function afterTurn(run: () => void): void {
  setImmediate(run)
}
