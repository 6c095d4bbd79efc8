import { blobStats, blobNames, blobStat } from './staged-blobs.ts'
import { cluster, clusterNodes, history, node, notes, raft, type StagedNodeFacts } from './staged-cluster.ts'
import { deadlocks, locks } from './staged-locks.ts'
import { alerts, figureHistory, machine, machines, processes } from './staged-machines.ts'
import { settings, tokens, users } from './staged-settings.ts'
import { vmOrder, vmMetrics, vms } from './staged-vms.ts'

/** What a staged node says. */
export interface Stage {
  readonly role: 'viewer' | 'operator' | 'admin'
  topic(name: string): unknown
  /** An array is a stream of events; undefined is nothing. */
  answer(path: string, document: unknown): unknown
}

/** A cluster at work, with something to see on every page. */
export function busyStage(facts: readonly StagedNodeFacts[], role: Stage['role'] = 'admin'): Stage {
  const topics: Readonly<Record<string, (rest: string) => unknown>> = {
    node: () => node(facts),
    cluster: () => cluster(),
    nodes: () => clusterNodes(facts),
    raft: () => raft(facts),
    machines: () => machines(facts),
    machine: (rest) => machine(facts, rest),
    alerts: () => alerts(facts),
    processes: (rest) => processes(facts, new URLSearchParams(rest)),
    locks: () => locks(),
    deadlocks: () => deadlocks(),
    'blob-stats': () => blobStats(facts),
    vms: () => vms(facts),
    vm: (rest) => vmMetrics(facts, rest),
    history: () => history(),
    notes: () => notes(facts),
  }
  const topic = (name: string): unknown => {
    const [, word = '', rest = ''] = /^([a-z-]+)[/?]?(.*)$/.exec(name) ?? []
    return topics[word]?.(rest)
  }
  return { role, topic, answer: (path, document) => answerOf(facts, path, document) }
}

/** What is asked once, and not watched. */
function answerOf(facts: readonly StagedNodeFacts[], path: string, document: unknown): unknown {
  const url = new URL(path, 'http://staged')
  switch (url.pathname) {
    case '/v1/machine-history':
      return figureHistory(url.searchParams.get('figure') ?? '')
    case '/v1/blobs':
      return blobNames()
    case '/v1/blob/stat':
      return blobStat(facts, url.searchParams.get('ref') ?? '')
    case '/v1/audit':
      return auditAnswer()
    case '/v1/settings':
      return settings()
    case '/v1/users':
      return users()
    case '/v1/tokens':
      return tokens()
    case '/v1/vm-order':
      return vmOrder(document)
    default:
      return document === undefined ? undefined : {}
  }
}

function auditAnswer(): object {
  const actions = ['process.signal', 'cluster.invite', 'vm.exec', 'lock.release', 'users.add', 'blob.gc']
  const newest = actions.map((action, index) => ({
    seq: 41 - index,
    at: new Date(Date.now() - index * 1_700_000 - 60_000).toISOString(),
    actor: index % 2 === 0 ? 'ada (session)' : 'ben (token)',
    action,
    target: ['process 4711', 'a machine', 'vm web-1', 'lock deploy', 'user ben', 'blobs'][index],
    outcome: index === 2 ? 'refused' : 'done',
  }))
  return { records: 41, first: 1, last: 41, damage: null, newest }
}
