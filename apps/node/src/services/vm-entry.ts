import type { VmMetrics, VmSummary } from '@flotilla/virtio-agent'
import type { NodeReference } from './machine-answers.ts'
import type { VmEntry, VmMetricsAnswer } from './vm-answers.ts'

/** A virtual machine as the API says it. */
export function vmEntry(summary: VmSummary, node: NodeReference): VmEntry {
  const { vm, state, why = null, dialect = null, agentVersion = null, guest = null, system = null } = summary
  const { sinceMs, metricsAtMs, figures, counters, commands } = summary
  return {
    node,
    vm,
    state,
    why,
    dialect,
    agentVersion,
    guest,
    system,
    since: momentOf(sinceMs),
    metricsAt: momentOf(metricsAtMs),
    figures,
    counters,
    commands,
  }
}

export function vmMetricsAnswer({ summary, newest, history }: VmMetrics, node: NodeReference): VmMetricsAnswer {
  const points = history.map(({ atMs, figures }) => ({ at: momentOf(atMs), figures }))
  return { vm: vmEntry(summary, node), newest: newest ?? null, history: points }
}

/** What another node says may be no moment at all. */
function momentOf(wallMs: number | undefined): string | null {
  if (wallMs === undefined || !(Math.abs(wallMs) <= 8.64e15)) return null
  return new Date(wallMs).toISOString()
}
