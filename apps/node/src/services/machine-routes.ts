import type { Caller } from '../http/caller.ts'
import { asked, posted, streamed } from '../http/described.ts'
import type { EventStream } from '../http/event-stream.ts'
import type { AnyRoute } from '../http/route.ts'
import type {
  AlertsAnswer,
  HistoryAnswer,
  MachineAnswer,
  MachinesAnswer,
  MachinesEvent,
  ProcessesAnswer,
} from './machine-answers.ts'
import {
  historyQuery,
  niceDocument,
  nodeRest,
  signalDocument,
  treeQuery,
  type NiceDocument,
  type ProcessOrdered,
  type SignalDocument,
  type WantedHistory,
  type WantedTree,
} from './machine-requests.ts'
import { processesQuery, type WantedProcesses } from './process-queries.ts'
import {
  alertsAnswer,
  historyAnswer,
  machineAnswer,
  machinesAnswer,
  machinesEvent,
  processesAnswer,
  processOrderAnswer,
  processTreeAnswer,
} from './schemas/machine-schemas.ts'

/** What the routes are served by. */
export interface MachineDesk {
  readonly machines: () => MachinesAnswer
  readonly machine: (text: string) => Promise<MachineAnswer>
  readonly watch: (events: EventStream<MachinesEvent>) => Promise<void>
  readonly history: (query: WantedHistory) => Promise<HistoryAnswer>
  readonly alerts: () => AlertsAnswer
  readonly processes: (query: WantedProcesses) => Promise<ProcessesAnswer>
  readonly tree: (query: WantedTree) => Promise<Pick<ProcessesAnswer, 'processes'>>
  readonly signal: (document: SignalDocument, caller: Caller) => Promise<ProcessOrdered>
  readonly nice: (document: NiceDocument, caller: Caller) => Promise<ProcessOrdered>
}

/** What is answered and done about machines and their processes. */
export function machineRoutes(desk: MachineDesk): readonly AnyRoute[] {
  return [...lookingRoutes(desk), ...processRoutes(desk)]
}

function lookingRoutes(desk: MachineDesk): readonly AnyRoute[] {
  return [
    asked({
      path: '/v1/machines',
      about: { summary: 'how the machines of the cluster are', answer: machinesAnswer },
      get: () => desk.machines(),
    }),
    asked({
      path: '/v1/machines/*',
      about: { summary: 'all figures of one machine', rest: nodeRest, answer: machineAnswer },
      get: ({ rest }) => desk.machine(rest),
    }),
    streamed({
      path: '/v1/machines-watch',
      isPosted: false,
      about: { summary: 'how the machines of the cluster are, whenever that changes', events: machinesEvent },
      stream: (_question, events) => desk.watch(events),
    }),
    asked({
      path: '/v1/machine-history',
      about: { summary: 'a figure of one machine over time', query: historyQuery, answer: historyAnswer },
      get: ({ query }) => desk.history(query),
    }),
    asked({
      path: '/v1/alerts',
      about: { summary: 'alerts of all machines', answer: alertsAnswer },
      get: () => desk.alerts(),
    }),
  ]
}

function processRoutes(desk: MachineDesk): readonly AnyRoute[] {
  return [
    asked({
      path: '/v1/processes',
      about: { summary: 'processes of the whole cluster', query: processesQuery, answer: processesAnswer },
      get: ({ query }) => desk.processes(query),
    }),
    asked({
      path: '/v1/process-tree',
      about: { summary: 'processes with what descends from them', query: treeQuery, answer: processTreeAnswer },
      get: ({ query }) => desk.tree(query),
    }),
    posted({
      path: '/v1/processes/signal',
      audit: 'itself',
      about: { summary: 'send a signal to a process', document: signalDocument, answer: processOrderAnswer },
      post: (document, caller) => desk.signal(document, caller),
    }),
    posted({
      path: '/v1/processes/nice',
      audit: 'itself',
      about: { summary: 'change how much a process stands back', document: niceDocument, answer: processOrderAnswer },
      post: (document, caller) => desk.nice(document, caller),
    }),
  ]
}
