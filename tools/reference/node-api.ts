import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** What a node of this checkout says of its API: one is started for it, and stopped again. */
export async function nodeApi(root: string): Promise<unknown> {
  const folder = await mkdtemp(join(tmpdir(), 'flotilla-reference-'))
  const words = ['--json', '--data', folder, '--port', '0', '--mesh-port', '0', '--config', 'off']
  const node = spawn(process.execPath, [join(root, 'apps/node/src/main.ts'), ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(node, 'close')
  try {
    const ready = once(createInterface({ input: node.stdout }), 'line')
    const early = ended.then(() => {
      throw new Error('the node has ended before it was ready')
    })
    await Promise.race([ready, early])
    const { url, token } = JSON.parse(await readFile(join(folder, 'access.json'), 'utf8')) as Access
    const response = await fetch(`${url}/v1/openapi.json`, { headers: { authorization: `Bearer ${token}` } })
    return await response.json()
  } finally {
    node.kill('SIGKILL')
    await ended
    await rm(folder, { recursive: true, force: true })
  }
}

interface Access {
  readonly url: string
  readonly token: string
}
