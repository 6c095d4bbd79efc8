import type { NodeId } from '@flotilla/core/ids'
import type { Logger } from '@flotilla/core/observe'
import type { Membership, MembershipEvent } from '@flotilla/discovery'

const sentences: Readonly<Partial<Record<MembershipEvent['type'], string>>> = {
  joined: 'a node is here',
  failed: 'a node does not answer any more, and counts as dead',
  left: 'a node has said good-bye',
  degraded: 'this node sees less than a majority of the cluster: it may be cut off from the others',
  recovered: 'this node sees a majority of the cluster again',
  overflow: 'nodes came and went faster than it could be written down: some of it is missing here',
}
const warnings: ReadonlySet<MembershipEvent['type']> = new Set(['failed', 'degraded', 'overflow'])

/** Writes down who comes and goes, until membership ends. */
export async function logMembership(membership: Membership, logger: Logger, self: NodeId): Promise<void> {
  for await (const event of membership.events()) {
    const message = sentences[event.type]
    if (message === undefined) continue
    const member = 'member' in event ? event.member : undefined
    if (member?.id === self) continue
    const fields = member === undefined ? {} : { id: member.id, name: member.metadata.name }
    if (warnings.has(event.type)) logger.warn(fields, message)
    else logger.info(fields, message)
  }
}
