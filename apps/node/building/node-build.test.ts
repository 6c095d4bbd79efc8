import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startDaemon, temporaryFolder } from '../src/testing/daemon-process.ts'
import { buildNode } from './node-build.ts'

test('the packed node does all that it does from source, its threads included', async () => {
  await using stack = new AsyncDisposableStack()
  // Within the package, so that it finds what is not packed.
  const dist = join(import.meta.dirname, '../node_modules', `.packed-${process.pid}`)
  stack.defer(() => rm(dist, { recursive: true, force: true }))
  const { packages } = await buildNode(dist)
  // Whoever adds one adds it to tools/bootstrap/builds.mjs too.
  const builds = await readFile(join(import.meta.dirname, '../../../tools/bootstrap/builds.mjs'), 'utf8')
  for (const name of packages) expect(builds).toContain(`'${name}',`)
  const { path } = stack.use(await temporaryFolder())
  const program = join(dist, 'main.js')
  const daemon = stack.use(startDaemon(path, { program }, '--json', '--no-beacons'))
  const { origin, token } = await daemon.ready()
  const headers = { authorization: `Bearer ${token}` }
  expect(await (await fetch(`${origin}/healthz`)).json()).toEqual({ status: 'healthy' })
  // The catalogue has a thread, and so has what seals.
  const put = await fetch(`${origin}/v1/blobs/x`, { method: 'PUT', headers, body: 'x'.repeat(5_000_000) })
  expect(put.status).toBe(201)
  expect(await (await fetch(`${origin}/v1/blobs/x`, { headers })).text()).toHaveLength(5_000_000)
  expect((await daemon.stop()).code).toBe(0)
})
