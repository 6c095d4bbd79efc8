import { describe, expect, test } from 'vitest'
import { meshLayout } from './mesh-layout.ts'

/** Of any two nodes, the smallest distance. */
function nearest(spots: readonly { readonly x: number; readonly y: number }[]): number {
  const distances = spots.flatMap((one, index) =>
    spots.slice(index + 1).map((other) => Math.hypot(one.x - other.x, one.y - other.y)),
  )
  return Math.min(Infinity, ...distances)
}

describe.each([320, 640, 900])('in a picture %i wide', (width) => {
  test.each([0, 1, 2, 3, 5, 12, 13, 30, 60, 99])('%i others have room, inside, and none covers another', (count) => {
    const { height, radius, center, spots } = meshLayout(count, width)
    expect(spots).toHaveLength(count)
    for (const { x, y } of spots) {
      expect(x).toBeGreaterThanOrEqual(radius)
      expect(x).toBeLessThanOrEqual(width - radius)
      expect(y).toBeGreaterThanOrEqual(radius)
      expect(y).toBeLessThanOrEqual(height - radius)
    }
    // A node has a ring around it, but on a telephone a hundred may touch.
    expect(nearest([center, ...spots])).toBeGreaterThan(width >= 640 ? 2 * radius + 4 : 1.4 * radius)
  })
})
