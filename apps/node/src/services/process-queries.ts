import {
  parseProcessFilter,
  validateProcessQuery,
  type ClusterProcessQuery,
  type ProcessQuery,
} from '@flotilla/procmon'
import { count, list, object, optional, text, usual, whole } from '../schema/building.ts'
import { flag } from '../schema/building.ts'
import type { Schema } from '../schema/schema.ts'

/** Which processes somebody asks for, in the words of an address. */
export interface WantedProcesses {
  readonly filter?: string
  readonly text?: string
  readonly user?: string
  readonly pid?: readonly number[]
  readonly sort?: string
  readonly limit?: number
  readonly reverse: boolean
  readonly detail: boolean
  readonly vms: boolean
  readonly node?: readonly string[]
}

export const processesQuery: Schema<WantedProcesses> = object(
  {
    filter: optional(text({ description: 'as `memory>100MB user=postgres`' })),
    text: optional(text({ description: 'in the name or the command, whatever the case' })),
    user: optional(text()),
    pid: optional(list(count())),
    sort: optional(text({ description: 'cpu, memory, private, pid, name, user, threads, files, io or age' })),
    limit: optional(whole()),
    reverse: usual(flag(), false),
    detail: usual(flag({ description: 'also what is dearer to read: open files, bytes read and written' }), false),
    vms: usual(flag({ description: 'those inside virtual machines too' }), false),
    node: optional(list(text({ description: 'its name, its id or the beginning of one' }))),
  },
  { examples: [{ sort: 'memory', limit: 10, reverse: false, detail: false, vms: false }] },
)

/** What the machines are asked; throws where no query can be so. Of which nodes is for the caller to find out. */
export function processQueryOf(wanted: WantedProcesses): Omit<ClusterProcessQuery, 'nodes'> {
  const { filter, pid, reverse, detail, vms, node: _nodes, ...rest } = wanted
  const query = {
    ...(filter === undefined ? {} : parseProcessFilter(filter)),
    ...rest,
    ...(pid === undefined ? {} : { pids: pid }),
    ...(reverse ? { isReversed: true } : {}),
    ...(detail ? { withDetail: true } : {}),
  } as ProcessQuery
  validateProcessQuery(query)
  return { ...query, ...(vms ? { withGuests: true } : {}) }
}
