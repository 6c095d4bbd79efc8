import type { NodeId } from '@flotilla/core/ids'
import type { Channel } from '@flotilla/core/network'
import { decode, encode, isNewer, type Answer, type Request, type Stored } from './messages.ts'

export interface RegisterClient {
  read(): Promise<number | null>
  write(value: number): Promise<void>
}

const timeoutMs = 500

/**
 * The multi-writer register of Attiya, Bar-Noy and Dolev: any two majorities meet, so whoever asks one and then tells
 * one sees, and is seen by, everybody who came before. A read tells too, or a later read might see an older value.
 */
export function registerClient(channel: Channel, servers: readonly NodeId[], writer: string): RegisterClient {
  /**
   * The last round of a write of ours, answered or not. One that failed may live on in a minority that `newest` does
   * not meet; the next write must not share its tag. (Three seeds in 1,500 showed it.)
   */
  let roundUsed = 0
  const majority = Math.floor(servers.length / 2) + 1

  const ask = async (request: Request): Promise<readonly Stored[]> => {
    const answers = servers.map(async (server) => {
      const bytes = await channel.request(server, encode(request), { timeoutMs })
      return (decode(bytes) as Answer).stored
    })
    return firstOf(answers, majority)
  }
  const newest = async (): Promise<Stored> => {
    const all = await ask({ type: 'query' })
    return all.reduce((best, one) => (isNewer(one, best) ? one : best))
  }
  return {
    async read() {
      const stored = await newest()
      await ask({ type: 'store', stored })
      return stored.value
    },
    async write(value) {
      const { round } = await newest()
      roundUsed = Math.max(round, roundUsed) + 1
      await ask({ type: 'store', stored: { round: roundUsed, writer, value } })
    },
  }
}

/** The first `count` answers; rejects as soon as so many have failed that they cannot come. */
function firstOf<Value>(promises: readonly Promise<Value>[], count: number): Promise<readonly Value[]> {
  return new Promise((resolve, reject) => {
    const values: Value[] = []
    let failed = 0
    for (const promise of promises) {
      promise.then(
        (value) => values.push(value) === count && resolve([...values]),
        (error: unknown) => ++failed > promises.length - count && reject(error as Error),
      )
    }
  })
}
