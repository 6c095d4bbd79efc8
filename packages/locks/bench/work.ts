/** What every client does, ours and those of others. */

export interface Work {
  readonly count: number
  readonly atOnce: number
}

/** So many clients, each with a lock of its own that nobody else wants. Together they take and free it so often. */
export async function lockAndUnlock({ count, atOnce }: Work, once: (key: string) => Promise<unknown>): Promise<void> {
  let begun = 0
  const client = async (key: string): Promise<void> => {
    while (begun++ < count) await once(key)
  }
  await Promise.all(Array.from({ length: atOnce }, (_, index) => client(`bench/${index}`)))
}
