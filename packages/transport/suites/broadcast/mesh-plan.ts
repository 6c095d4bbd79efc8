import type { Prng } from '@flotilla/core/random'

const vices = ['forges', 'replays', 'floods', 'withholds', 'babbles'] as const
export type Vice = (typeof vices)[number]

/** Who is in one world, what the hostile ones do, and who is connected with whom. */
export interface MeshPlan {
  readonly correct: readonly string[]
  readonly hostile: ReadonlyMap<string, Vice>
  readonly neighbours: ReadonlyMap<string, ReadonlySet<string>>
}

/** A line, a ring or a random tree with a few more edges, of correct hosts; and hostile ones anywhere beside. */
export function drawMesh(random: Prng): MeshPlan {
  const correct = Array.from({ length: random.between(3, 6) }, (_, index) => `good${index}`)
  const hostile = new Map(Array.from({ length: random.below(3) }, (_, index) => [`bad${index}`, random.pick(vices)]))
  const neighbours = new Map([...correct, ...hostile.keys()].map((name) => [name, new Set<string>()]))
  const connect = (one: string, other: string): void => {
    if (one === other) return
    neighbours.get(one)?.add(other)
    neighbours.get(other)?.add(one)
  }
  const shape = random.pick(['line', 'ring', 'tree', 'mesh'])
  for (const [index, name] of correct.entries()) {
    if (index > 0)
      connect(name, shape === 'line' || shape === 'ring' ? `good${index - 1}` : `good${random.below(index)}`)
  }
  if (shape === 'ring') connect('good0', `good${correct.length - 1}`)
  if (shape === 'mesh')
    for (let more = correct.length; more > 0; more--) connect(random.pick(correct), random.pick(correct))
  const others = [...correct, ...hostile.keys()]
  for (const name of hostile.keys()) {
    for (let more = random.between(1, correct.length); more > 0; more--) connect(name, random.pick(others))
  }
  return { correct, hostile, neighbours }
}
