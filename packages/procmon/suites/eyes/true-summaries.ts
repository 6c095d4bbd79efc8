import type { NodeId } from '@flotilla/core/ids'
import type { Invariant } from '@flotilla/sim'
import type { NodeSummary } from '../../src/index.ts'
import type { Eye, Lookout } from './lookout.ts'

/** What a node shows of another was true there, and it never shows something older than it has shown before. */
export function trueSummaries(lookout: Lookout): Invariant {
  /** By node: where in its history it said that. */
  const told = new Map<NodeId, Map<string, number>>()
  const shown = new WeakMap<Eye, Map<NodeId, number>>()

  const hear = ({ node, ...summary }: NodeSummary): void => {
    const history = told.get(node) ?? new Map<string, number>()
    told.set(node, history)
    const text = textOf(summary)
    // The newest place counts: a machine may come to be as it was before.
    history.delete(text)
    history.set(text, (history.size === 0 ? 0 : Math.max(...history.values())) + 1)
    // Only the last few can still be on their way.
  }
  const last = new Map<NodeId, string>()
  return {
    sentence: 'What is shown of a machine was true of it, and is never older than what was shown before.',
    check() {
      for (const eye of lookout.eyes.values()) {
        const own = eye.cluster.nodes().find(({ isSelf }) => isSelf)
        if (own === undefined) continue
        const text = textOf(own)
        if (last.get(eye.id) === text) continue
        last.set(eye.id, text)
        hear(own)
      }
      for (const [name, eye] of lookout.eyes) {
        const seen = shown.get(eye) ?? new Map<NodeId, number>()
        shown.set(eye, seen)
        for (const summary of eye.cluster.nodes()) {
          const place = told.get(summary.node)?.get(textOf(summary))
          if (place === undefined) return `${name} shows ${textOf(summary)} of ${summary.node}, which it never said`
          if (place < (seen.get(summary.node) ?? 0)) return `${name} shows something old of ${summary.node}`
          seen.set(summary.node, place)
        }
      }
      return undefined
    },
  }
}

function textOf({ wallMs, figures }: Pick<NodeSummary, 'wallMs' | 'figures'>): string {
  return JSON.stringify([wallMs, Object.entries(figures).toSorted(([one], [other]) => (one < other ? -1 : 1))])
}
