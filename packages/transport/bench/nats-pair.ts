import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { Peer, Running } from '@flotilla/core/testing'
import { startChild } from '@flotilla/core/testing/node'
import { withVersion } from './installed-version.ts'

/** Where Debian puts it need not be on the path of everybody. */
const path = `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/local/bin`

function serverVersion(): string | undefined {
  try {
    const text = execFileSync('nats-server', ['--version'], { encoding: 'utf8', env: { PATH: path } })
    return /v(?<version>[\d.]+)/.exec(text)?.groups?.['version']
  } catch {
    return undefined
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { readonly port: number }
  server.close()
  await once(server, 'close')
  return port
}

async function natsRequests(atOnce: number): Promise<Running> {
  const port = await freePort()
  const server = spawn('nats-server', ['-a', '127.0.0.1', '-p', String(port)], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: path },
  })
  // It says on its log when it takes clients.
  for await (const text of server.stderr) if (String(text).includes('Server is ready')) break
  server.stderr.resume()
  const [near, far] = [
    await startChild(new URL('nats-client.ts', import.meta.url)),
    await startChild(new URL('nats-client.ts', import.meta.url)),
  ]
  await far.ask('connect', port)
  await far.ask('answer')
  await near.ask('connect', port)
  return {
    async work(count) {
      await near.ask('requests', { count, atOnce })
      return count
    },
    async stop() {
      await near.stop()
      await far.stop()
      server.kill('SIGKILL')
      await once(server, 'exit')
    },
  }
}

/** Request and reply through a NATS server, each client in a process of its own, without encryption. */
export function natsPeer(atOnce: number): Peer {
  const version = serverVersion()
  return {
    name: `nats-server ${version ?? ''}, ${withVersion('@nats-io/transport-node')}`,
    settings: 'core request-reply, server and clients with their defaults, no TLS',
    start: () => (version === undefined ? undefined : natsRequests(atOnce)),
  }
}
