import { join } from 'node:path'
import { certificateToPem, secretKeyToPem } from '@flotilla/certificates'
import { nodeCrypto } from '@flotilla/core/crypto/node'
import { nodeEntropy } from '@flotilla/core/random/node'
import { startChild, type Child } from '@flotilla/core/testing/node'
import type { Place, Running } from '@flotilla/core/testing'
import { nodeClock } from '@flotilla/core/time/node'
import { testCluster } from '@flotilla/transport/testing'
import type { Credentials } from './bare-log.ts'
import { warmUp } from './work.ts'

const program = new URL('bare-log.ts', import.meta.url)

/** The floor under every engine: see `bare-log.ts`. With the same certificates as ours. */
export async function bareLogPuts(atOnce: number, { folder, quick = false }: Place): Promise<Running> {
  const cluster = testCluster({ crypto: nodeCrypto(), entropy: nodeEntropy(), now: nodeClock().wallNow() })
  const credentials = (name: string): Credentials => {
    const { certificate, secretKey, authority } = cluster.member(name)
    return { cert: certificateToPem(certificate), key: secretKeyToPem(secretKey), ca: certificateToPem(authority) }
  }
  await using made = new AsyncDisposableStack()
  const child = async (as: 'daemon' | 'program'): Promise<Child> => {
    const started = await startChild(program, { as })
    made.defer(() => started.stop())
    return started
  }
  const [one, other, leader] = [await child('daemon'), await child('daemon'), await child('daemon')]
  const client = await child('program')
  const ports = [
    await one.ask('follow', { path: join(folder, 'one'), credentials: credentials('one') }),
    await other.ask('follow', { path: join(folder, 'other'), credentials: credentials('other') }),
  ]
  const port = await leader.ask('lead', { path: join(folder, 'leader'), credentials: credentials('leader'), ports })
  await client.ask('use', { port, credentials: credentials('client') })
  if (!quick) await client.ask('puts', warmUp)
  const kept = made.move()
  return {
    async work(count) {
      await client.ask('puts', { count, atOnce })
      return count
    },
    stop: () => kept.disposeAsync(),
  }
}
