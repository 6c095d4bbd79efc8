import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { FlotillaError } from '@flotilla/core/errors'
import { nodeClock } from '@flotilla/core/time/node'
import { checkDataFolder } from '../check/data-folder-check.ts'
import type { Finding } from '../check/finding.ts'
import { checkRoom } from '../check/machine-check.ts'
import { NodeClient } from '../running-node/node-client.ts'
import { machineFindings, thisMachine } from './machine-findings.ts'
import { readMeshFacts } from './mesh-facts.ts'
import { meshFindings } from './mesh-findings.ts'
import { startFindings } from './start-findings.ts'

/** Looks for the usual troubles of the machine, the data folder and the cluster; changes nothing. */
export async function examine(
  folder: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<readonly Finding[]> {
  return [
    ...machineFindings(thisMachine()),
    ...(existsSync(folder) ? await checkDataFolder(folder) : await noFolder(folder)),
    ...(await nodeFindings(folder, environment)),
  ]
}

async function noFolder(folder: string): Promise<readonly Finding[]> {
  const what = `${resolve(folder)} is not there: no node has lived here yet`
  const hint = '`npm start` makes one, and so does `flotilla up`; or name another folder with --data'
  return [{ subject: 'folder', state: 'ok', what, hint }, await checkRoom('.')]
}

async function nodeFindings(
  folder: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<readonly Finding[]> {
  try {
    const client = await NodeClient.of(folder)
    await client.figures()
    return meshFindings(await readMeshFacts(client), nodeClock().wallNow())
  } catch (error) {
    if (!(error instanceof FlotillaError)) throw error
    if (error.code === 'not-running' || error.code === 'no-answer') return startFindings(folder, environment)
    const hint = error.hint ?? 'see the log of the node'
    return [{ subject: 'answers', state: 'failed', what: error.message, hint }]
  }
}
