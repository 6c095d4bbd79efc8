/** In their order, in groups of so many. */
export function inBatches<Item>(items: readonly Item[], countMax: number): Item[][] {
  const batches: Item[][] = []
  for (let start = 0; start < items.length; start += countMax) batches.push(items.slice(start, start + countMax))
  return batches
}

/** In their order, in groups of at most so many bytes; what has more is a group of its own. */
export function bySize<Item>(items: readonly Item[], bytesMax: number, bytesOf: (item: Item) => number): Item[][] {
  const groups: Item[][] = []
  let group: Item[] = []
  let bytes = 0
  for (const item of items) {
    const more = bytesOf(item)
    if (group.length > 0 && bytes + more > bytesMax) {
      groups.push(group)
      group = []
      bytes = 0
    }
    group.push(item)
    bytes += more
  }
  if (group.length > 0) groups.push(group)
  return groups
}
