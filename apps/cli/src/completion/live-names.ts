import { usualFolder } from '../running-node/usual-folder.ts'
import { NodeClient } from '../running-node/node-client.ts'
import { cliLimitsDefaults } from '../limits.ts'
import type { LiveNames } from './candidates.ts'

/** Asks the node that runs; whatever goes wrong, or takes too long for somebody who waits at a keyboard, is silence. */
export function liveNames(environment: Readonly<Record<string, string | undefined>>): LiveNames {
  return async (kind, start, data) => {
    const folder = data ?? (environment['FLOTILLA_DATA'] || undefined)
    const late = new Promise<readonly string[]>((resolve) => {
      setTimeout(() => resolve([]), cliLimitsDefaults.candidatesMsMax).unref()
    })
    return await Promise.race([namesOf(kind, start, folder), late])
  }
}

async function namesOf(
  kind: Parameters<LiveNames>[0],
  start: string,
  folder: string | undefined,
): Promise<readonly string[]> {
  try {
    const client = await NodeClient.of(folder ?? usualFolder())
    const query = new URLSearchParams({ prefix: start }).toString()
    const { path, list, name } = questions[kind]
    return await client.get(path.replace('?', `?${query}`), (answer) => {
      const names = answer.list(list).map((entry) => entry.text(name))
      return [...new Set(names)].filter((each) => each !== '')
    })
  } catch {
    // Somebody is writing a command; what is wrong is told when it is run.
    return []
  }
}

const questions = {
  node: { path: '/v1/nodes', list: 'nodes', name: 'name' },
  lock: { path: '/v1/locks?', list: 'locks', name: 'key' },
  blob: { path: '/v1/blobs?', list: 'blobs', name: 'name' },
  vm: { path: '/v1/vms', list: 'vms', name: 'vm' },
} as const
