/** What every client does, ours and those of others. */

export const valueBytes = 256
export const value: Buffer = Buffer.alloc(valueBytes, 'v')
/** More than a processor's caches would hold the state of, few enough that nobody's memory is what is measured. */
export const keyCount = 1_000

export function keyFor(turn: number): string {
  return `bench/${turn % keyCount}`
}

/**
 * Done before anything is measured, by ours and by the floor: rounds are short, and the code of five processes is hot
 * only after a second or two. etcd needs none of it, its client some.
 */
export const warmUp: Work = { count: 60_000, atOnce: 64 }
export const etcdWarmUp: Work = { count: 3_000, atOnce: 64 }

export interface Work {
  readonly count: number
  readonly atOnce: number
}

/** So many clients, each of which waits for an answer before it asks again; together they ask `count` times. */
export async function inTurns(count: number, atOnce: number, ask: (turn: number) => Promise<unknown>): Promise<void> {
  let begun = 0
  const client = async (): Promise<void> => {
    while (begun < count) await ask(begun++)
  }
  await Promise.all(Array.from({ length: atOnce }, client))
}

const probeMs = 5

/** Asks again and again, without waiting for those that nobody may ever answer, until one is answered. */
export async function untilAccepted(ask: () => Promise<unknown>): Promise<void> {
  const accepted = Promise.withResolvers<void>()
  const attempt = async (): Promise<void> => {
    try {
      await ask()
      accepted.resolve()
    } catch {
      // The next one may be luckier.
    }
  }
  const attempts = setInterval(() => void attempt(), probeMs)
  await accepted.promise
  clearInterval(attempts)
}
