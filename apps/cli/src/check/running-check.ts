import { FlotillaError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import { NodeClient } from '../running-node/node-client.ts'
import type { LastRow } from './database-check.ts'
import type { Finding } from './finding.ts'

const subject = 'node'

/** Whether a node runs there, is the one that the key belongs to, and, if none does, whether the last one stopped. */
export async function checkRunning(
  folder: string,
  known: { readonly id: NodeId | undefined; readonly last: LastRow | undefined },
): Promise<Finding> {
  try {
    const client = await NodeClient.of(folder)
    const { id, pid } = await client.figures()
    if (known.id === undefined || known.id === id) {
      return { subject, state: 'ok', what: `it runs as process ${pid} and answers at ${client.url}` }
    }
    const what = `the node that runs here is ${id}, but the key file is that of ${known.id}`
    return { subject, state: 'failed', what, hint: 'stop it, and put back the key file that belongs to it' }
  } catch (error) {
    if (!(error instanceof FlotillaError)) throw error
    if (error.code === 'not-running') return atRest(known.last)
    return { subject, state: 'failed', what: error.message, ...(error.hint === undefined ? {} : { hint: error.hint }) }
  }
}

function atRest(last: LastRow | undefined): Finding {
  if (last === undefined || last.type === 'stopped') return { subject, state: 'ok', what: 'it does not run' }
  const what = `it does not run, and life ${last.life} never said that it stopped: it crashed or was killed`
  return { subject, state: 'warning', what, hint: 'start it again; it notes this in its history and goes on' }
}
