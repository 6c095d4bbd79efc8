import type { Progress } from '@flotilla/sim'
import type { Lookout } from './lookout.ts'

/** Everybody shows everybody as he shows himself, and nobody is thought to be silent. */
export function isSeenByAll({ eyes }: Lookout, count: number): Progress {
  return {
    sentence: 'Once everything is mended, everybody is seen by everybody as he is.',
    seen() {
      const all = [...eyes.values()]
      const own = new Map(
        all.map(({ id, cluster }) => [
          id,
          JSON.stringify(sorted(cluster.nodes().find(({ isSelf }) => isSelf)?.figures)),
        ]),
      )
      return (
        all.length === count &&
        all.every(({ cluster }) => {
          const nodes = cluster.nodes()
          return (
            nodes.length === count &&
            nodes.every(({ node, isStale, figures }) => !isStale && JSON.stringify(sorted(figures)) === own.get(node))
          )
        })
      )
    },
  }
}

function sorted(figures: object | undefined): unknown {
  return Object.entries(figures ?? {}).toSorted(([one], [other]) => (one < other ? -1 : 1))
}
