import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Finding } from '../check/finding.ts'
import { isPortFree } from '../demo/free-ports.ts'
import { cliLimitsDefaults } from '../limits.ts'
import { accessFileName } from '../running-node/access-file.ts'
import { lockHolder } from './lock-holder.ts'
import { portHolder, type PortHolder } from './port-holder.ts'

/** What stands in the way of a start, where no node answers on the folder. */
export async function startFindings(
  folder: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<readonly Finding[]> {
  const lock = await lockFinding(folder)
  if (lock !== undefined) return [lock]
  const { demoPageFrom, demoMeshFrom } = cliLimitsDefaults
  const ports = [
    { name: 'FLOTILLA_PORT', flag: '--port', usual: demoPageFrom, use: { host: '127.0.0.1', datagrams: false } },
    { name: 'FLOTILLA_MESH_PORT', flag: '--mesh-port', usual: demoMeshFrom, use: { host: '0.0.0.0', datagrams: true } },
  ]
  const found = await Promise.all(
    ports.map(async ({ name, flag, usual, use }) => {
      const named = Number(environment[name] || Number.NaN)
      const port = Number.isSafeInteger(named) && named >= 0 && named < 65_536 ? named : usual
      if (port === 0 || (await isPortFree(port, use))) return undefined
      return takenFinding({ port, flag, isNamed: port === named, holder: await portHolder(port) })
    }),
  )
  const taken = found.filter((finding) => finding !== undefined)
  return taken.length > 0 ? taken : [{ subject: 'ports', state: 'ok', what: 'those of a node are free' }]
}

function takenFinding(taken: {
  readonly port: number
  readonly flag: string
  /** Whether somebody has asked for that port, so that no other one will do. */
  readonly isNamed: boolean
  readonly holder: PortHolder | undefined
}): Finding {
  const { port, flag, isNamed, holder } = taken
  const who = holder === undefined ? 'another process' : `${holder.name} (process ${holder.pid})`
  const what = `port ${port} is taken by ${who}`
  const end = holder === undefined ? `\`ss -tulnp\` as root says which` : `end it with \`kill ${holder.pid}\``
  if (isNamed) return { subject: 'ports', state: 'failed', what, hint: `${end}, or choose another with ${flag}` }
  return { subject: 'ports', state: 'warning', what: `${what}; a start takes the next free one`, hint: end }
}

/** Who has the folder for himself without answering; and what a crash has left. */
async function lockFinding(folder: string): Promise<Finding | undefined> {
  const subject = 'lock'
  const holder = await lockHolder(folder)
  if (holder !== undefined) {
    return {
      subject,
      state: 'failed',
      what: `process ${holder} has the folder for itself and does not answer: it starts, stops, or hangs`,
      hint: `wait for it; if it stays so, \`kill ${holder}\`, and after ten seconds \`kill -9 ${holder}\``,
    }
  }
  const left = await leftOver(folder)
  if (left === undefined) return undefined
  return {
    subject,
    state: 'warning',
    what: `${left} is left over from a node that did not stop cleanly; nothing holds the folder`,
    hint: 'start the node, which writes it anew; nothing has to be removed',
  }
}

async function leftOver(folder: string): Promise<string | undefined> {
  const path = join(folder, accessFileName)
  return await readFile(path).then(
    () => path,
    () => undefined,
  )
}
