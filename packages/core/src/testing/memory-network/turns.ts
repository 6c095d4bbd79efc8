/** Waits for so many turns of the microtask queue: for tests, where in memory everything happens within a few. */
export async function turns(count: number = 20): Promise<void> {
  for (let turn = 0; turn < count; turn++) await Promise.resolve()
}
