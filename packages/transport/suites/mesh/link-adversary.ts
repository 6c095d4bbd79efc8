import type { NodeId } from '@flotilla/core/ids'
import type { MemoryLinkWorld } from '../../src/testing/index.ts'
import { again, type SimulatedHost } from './simulated-host.ts'

/** Breaks, cuts and slows the links between these nodes, until `isOver`: then everything is mended. */
export function linkAdversary(
  host: SimulatedHost,
  world: MemoryLinkWorld,
  nodes: readonly NodeId[],
  isOver: () => boolean,
): AsyncDisposable {
  const { random } = host
  const mendAll = (): void => {
    for (const one of nodes) for (const other of nodes) if (world.isCut(one, other)) world.heal(one, other)
    world.dialFate = () => 'answered'
  }
  return again(host, [50, 1_500], () => {
    if (isOver()) return mendAll()
    const [one, other] = random.shuffled(nodes)
    if (one === undefined || other === undefined) return
    switch (random.below(9)) {
      case 0:
        host.note('reset', `${one} ${other}`)
        return world.reset(one, other)
      case 1:
        host.note('cut one way', `${one} > ${other}`)
        return world.cut(one, other)
      case 2:
        host.note('cut', `${one} ${other}`)
        world.cut(one, other)
        return world.cut(other, one)
      case 3:
        host.note('all healed')
        return mendAll()
      case 4:
        world.dialFate = () => random.pick(['answered', 'refused', 'unanswered'])
        return
      case 5:
        host.note('half-open', `${one} lost ${other}`)
        return world.halfOpen(one, other)
      default:
        world.heal(one, other)
        return world.heal(other, one)
    }
  })
}
