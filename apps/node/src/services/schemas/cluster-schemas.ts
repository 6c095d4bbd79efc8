import {
  count,
  flag,
  list,
  moment,
  named,
  nullable,
  object,
  oneOf,
  secret,
  table,
  text,
} from '../../schema/building.ts'
import { figure } from '../../schema/building.ts'
import type { Schema } from '../../schema/schema.ts'
import type {
  ClusterAnswer,
  InvitationAnswer,
  MeshAnswer,
  NodeEntry,
  NodesAnswer,
  NoteEntry,
  NotesAnswer,
  PeerEntry,
} from '../answers.ts'
import type { RevokedAnswer } from '../cluster-control.ts'

export const nodeId: Schema<string> = text({ description: 'of a node, made from its public key' })
const nodeName = text({ description: 'what people call the node' })
const address = text({ description: 'host:port' })

export const clusterAnswer: Schema<ClusterAnswer> = named(
  'Cluster',
  object({
    cluster: nullable(
      named(
        'ClusterPlace',
        object({
          id: text({ description: 'of the cluster' }),
          role: text({ description: 'of this node in it: node, operator, agent or replica' }),
          name: nodeName,
          authorityHeld: flag({ description: "whether the key of the cluster's authority is on this machine" }),
          certificate: object({ serial: text(), notBefore: moment(), notAfter: moment() }),
        }),
      ),
      { description: 'null where the node is in no cluster' },
    ),
    listening: list(address, { description: 'where it listens for other nodes' }),
  }),
)

export const invitationAnswer: Schema<InvitationAnswer> = named(
  'Invitation',
  object({
    token: text({ description: 'for `flotilla join`, once' }),
    role: text(),
    expiresAt: moment(),
    addresses: list(address, { description: 'where whoever joins will knock' }),
  }),
)

export const revokedAnswer: Schema<RevokedAnswer> = named(
  'Revoked',
  object({
    id: nodeId,
    name: nodeName,
    listNumber: count({ description: 'of the list of revocations that it is on' }),
  }),
)

export const authorityAnswer: Schema<{ readonly file: string }> = object({
  file: secret(text({ description: 'the sealed authority, in base64' })),
})

const nodeEntry: Schema<NodeEntry> = named(
  'Node',
  object({
    id: nodeId,
    name: nodeName,
    self: flag({ description: 'whether it is the node that answers' }),
    status: oneOf(['alive', 'suspect', 'dead', 'left']),
    roles: list(text()),
    version: text(),
    addresses: list(address),
    connected: flag(),
    roundTripMs: nullable(figure()),
    bytesIn: count(),
    bytesOut: count(),
    certificateNotAfter: nullable(moment(), { description: 'null where nobody has shown it here' }),
  }),
)

export const nodesAnswer: Schema<NodesAnswer> = named(
  'Nodes',
  object({
    degraded: flag({ description: 'this node sees less than a majority of those that it knows' }),
    nodes: list(nodeEntry),
  }),
)

export const noteEntry: Schema<NoteEntry> = named(
  'Note',
  object({ at: moment(), from: nodeId, name: nodeName, text: text() }),
)

export const notesAnswer: Schema<NotesAnswer> = named(
  'Notes',
  object({ notes: list(noteEntry, { description: 'the latest last' }) }),
)

const peerEntry: Schema<PeerEntry> = named(
  'Peer',
  object({
    id: nodeId,
    name: nodeName,
    role: text(),
    address,
    dialledHere: flag(),
    connectedSeconds: count(),
    messagesIn: count(),
    messagesOut: count(),
    bytesIn: count(),
    bytesOut: count(),
    roundTripMs: nullable(figure()),
    queuedFrames: count(),
    queuedBytes: count(),
    publicationsDropped: count(),
    partitionSuspected: flag(),
  }),
)

export const meshAnswer: Schema<MeshAnswer> = named(
  'Mesh',
  object({
    peers: list(peerEntry),
    refusals: table(count(), { description: 'how often somebody was refused, by why' }),
    bans: list(object({ id: nodeId, reason: text(), secondsLeft: count() })),
  }),
)

export const nodeIdAnswer: Schema<{ readonly id: string }> = object({ id: nodeId })
