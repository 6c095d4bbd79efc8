/** Where something stands in the picture, in its units. */
export interface Spot {
  readonly x: number
  readonly y: number
}

export interface MeshLayout {
  readonly width: number
  readonly height: number
  /** Of every node. */
  readonly radius: number
  readonly center: Spot
  /** Of the others, in their order: the first ones stand nearest. */
  readonly spots: readonly Spot[]
}

/** Room for a name below each node, and for the picture's edge. */
const marginX = 56
const marginY = 44
const namedMax = 12

/**
 * This node in the middle, the others around it: up to twelve on one ring with room for names, more on rings that hold
 * the more the wider they are.
 */
export function meshLayout(count: number, width: number): MeshLayout {
  const isFew = count <= namedMax
  const height = heightOf(count, width)
  const center = { x: width / 2, y: height / 2 - (isFew ? 6 : 0) }
  const reach = { x: Math.min(width / 2 - marginX, 330), y: height / 2 - marginY }
  if (isFew) {
    const radius = 20
    return { width, height, radius, center, spots: ring(count, center, reach, startOf(count)) }
  }
  const sizes = ringSizes(count)
  const radius = Math.max(5, Math.min(11, 46 / sizes.length))
  const spots = sizes.flatMap((size, index) => {
    const share = (index + 1.6) / (sizes.length + 0.6)
    return ring(size, center, { x: reach.x * share, y: reach.y * share }, -Math.PI / 2 + index * 0.35)
  })
  return { width, height, radius, center, spots }
}

/** One or two stand beside this node and need no height. */
function heightOf(count: number, width: number): number {
  if (count <= 2) return 170
  return count <= namedMax ? between(width * 0.5, 250, 340) : between(width * 0.75, 320, 520)
}

function between(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most)
}

/** One stands to the right, two at both sides, more from the top on. */
function startOf(count: number): number {
  return count <= 2 ? 0 : -Math.PI / 2
}

/** How many on each ring, so that they stand equally close on all. */
function ringSizes(count: number): readonly number[] {
  let rings = 1
  while (12 * ((rings * (rings + 1)) / 2) + 4 * rings < count) rings++
  const weights = Array.from({ length: rings }, (_, index) => index + 1.6)
  const whole = weights.reduce((sum, weight) => sum + weight, 0)
  const sizes = weights.map((weight) => Math.floor((count * weight) / whole))
  const missing = count - sizes.reduce((sum, size) => sum + size, 0)
  return sizes.map((size, index) => size + (index >= sizes.length - missing ? 1 : 0))
}

function ring(count: number, center: Spot, reach: Spot, start: number): readonly Spot[] {
  return Array.from({ length: count }, (_, index) => {
    const angle = start + (2 * Math.PI * index) / count
    return { x: center.x + reach.x * Math.cos(angle), y: center.y + reach.y * Math.sin(angle) }
  })
}
