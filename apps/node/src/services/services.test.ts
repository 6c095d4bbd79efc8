import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { DaemonClient } from '../testing/daemon-client.ts'
import { startDaemon, temporaryFolder } from '../testing/daemon-process.ts'

/** For what takes its time, such as a connection; a test that waits so long has failed. */
const patience = { interval: 100, timeout: 60_000 }

const refusalOf = (code: string): object => ({ error: { code } })

async function connectedWith(client: DaemonClient): Promise<readonly string[]> {
  return (await client.nodes()).nodes.filter(({ connected }) => connected).map(({ name }) => name)
}

describe('two nodes on one machine', () => {
  test('become a cluster, stay one over a restart, and are none after one was thrown out', async () => {
    await using folders = new AsyncDisposableStack()
    const [annFolder, bobFolder] = [folders.use(await temporaryFolder()), folders.use(await temporaryFolder())]
    await using annDaemon = startDaemon(annFolder.path, '--json', '--name', 'ann')
    await using bobDaemon = startDaemon(bobFolder.path, '--json', '--name', 'bob')
    const [ann, bob] = [await DaemonClient.of(annDaemon), await DaemonClient.of(bobDaemon)]
    expect(await ann.cluster()).toEqual({ cluster: null, listening: [] })
    expect(await ann.post('/v1/cluster/init', {})).toMatchObject({ cluster: { name: 'ann', authorityHeld: true } })
    expect(await ann.post('/v1/cluster/init', {})).toMatchObject(refusalOf('already-member'))

    const token = await ann.invite()
    const joined = await bob.post('/v1/cluster/join', { token })
    expect(joined).toMatchObject({ cluster: { name: 'bob', authorityHeld: false } })
    expect((await bob.cluster()).cluster?.id).toBe((await ann.cluster()).cluster?.id)
    await expect.poll(() => connectedWith(ann), patience).toEqual(['bob'])
    await expect.poll(() => connectedWith(bob), patience).toEqual(['ann'])
    const secret = await stat(join(bobFolder.path, 'cluster'))
    expect(secret.mode & 0o077).toBe(0)

    expect((await bobDaemon.stop()).code).toBe(0)
    await using bobAgain = startDaemon(bobFolder.path, '--json', '--name', 'bob')
    const again = await DaemonClient.of(bobAgain)
    expect((await bobAgain.ready()).notes).toEqual([])
    await expect.poll(() => connectedWith(ann), patience).toEqual(['bob'])
    await expect.poll(() => connectedWith(again), patience).toEqual(['ann'])
    expect(await ann.text('/metrics')).toMatch(/^flotilla_mesh_peers 1$/m)

    const revoked = await ann.post('/v1/cluster/revoke', { node: 'bob', reason: 'the test says so' })
    expect(revoked).toMatchObject({ id: again.id, name: 'bob' })
    await expect.poll(() => connectedWith(ann), patience).toEqual([])
    await expect.poll(() => connectedWith(again), patience).toEqual([])
  })

  test('refuse each other for a while when told so', async () => {
    await using folders = new AsyncDisposableStack()
    const [annFolder, bobFolder] = [folders.use(await temporaryFolder()), folders.use(await temporaryFolder())]
    await using annDaemon = startDaemon(annFolder.path, '--json', '--name', 'ann')
    await using bobDaemon = startDaemon(bobFolder.path, '--json', '--name', 'bob')
    const [ann, bob] = [await DaemonClient.of(annDaemon), await DaemonClient.of(bobDaemon)]
    expect(await ann.post('/v1/mesh/ban', { node: 'bob', seconds: 60, reason: '' })).toMatchObject(
      refusalOf('no-such-node'),
    )
    await ann.post('/v1/cluster/init', {})
    await bob.post('/v1/cluster/join', { token: await ann.invite() })
    await expect.poll(() => connectedWith(ann), patience).toEqual(['bob'])
    expect(await ann.post('/v1/mesh/ban', { node: 'bob', seconds: 600, reason: 'tired' })).toEqual({ id: bob.id })
    await expect.poll(() => connectedWith(ann), patience).toEqual([])
    expect((await ann.mesh()).bans).toMatchObject([{ id: bob.id, reason: 'tired' }])
    expect(await ann.post('/v1/mesh/unban', { node: 'bob' })).toEqual({ id: bob.id })
    await expect.poll(() => connectedWith(ann), patience).toEqual(['bob'])
  })
})

describe('one node', () => {
  test('is refused with a token that is none, that is spoilt, or that was used', async () => {
    await using folders = new AsyncDisposableStack()
    const paths = [await temporaryFolder(), await temporaryFolder(), await temporaryFolder()]
    const daemons = paths.map((folder) => folders.use(startDaemon(folders.use(folder).path, '--json')))
    const [ann, bob, eve] = await Promise.all(daemons.map((daemon) => DaemonClient.of(daemon)))
    if (!ann || !bob || !eve) throw new Error('three daemons')
    await ann.post('/v1/cluster/init', {})
    const token = await ann.invite()
    const spoilt = `${token.slice(0, -1)}${token.endsWith('q') ? 'p' : 'q'}`
    for (const wrong of ['', 'no token', spoilt]) {
      expect(await eve.post('/v1/cluster/join', { token: wrong })).toMatchObject({ error: {} })
    }
    expect(await bob.post('/v1/cluster/join', { token })).toMatchObject({ cluster: {} })
    expect(await eve.post('/v1/cluster/join', { token })).toMatchObject(refusalOf('token-used'))
    expect(await eve.cluster()).toMatchObject({ cluster: null })
  })

  test('takes its authority to another, under a passphrase only', async () => {
    await using folders = new AsyncDisposableStack()
    const paths = [await temporaryFolder(), await temporaryFolder()]
    const daemons = paths.map((folder) => folders.use(startDaemon(folders.use(folder).path, '--json')))
    const [ann, bob] = await Promise.all(daemons.map((daemon) => DaemonClient.of(daemon)))
    if (!ann || !bob) throw new Error('two daemons')
    await ann.post('/v1/cluster/init', {})
    await bob.post('/v1/cluster/join', { token: await ann.invite() })
    expect(await bob.post('/v1/cluster/authority/export', { passphrase: 'correct horse' })).toMatchObject({ error: {} })
    const passphrase = 'correct horse battery'
    const exported = (await ann.post('/v1/cluster/authority/export', { passphrase })) as { readonly file: string }
    const { file } = exported
    const wrong = { passphrase: 'another long passphrase', file }
    expect(await bob.post('/v1/cluster/authority/import', wrong)).toMatchObject({ error: {} })
    const imported = await bob.post('/v1/cluster/authority/import', { passphrase, file })
    expect(imported).toMatchObject({ cluster: { authorityHeld: true } })
    expect(await bob.invite()).toMatch(/^flj1/)
  })

  test('does not start where the port that it was told is taken, and leaves nothing behind', async () => {
    await using folder = await temporaryFolder()
    await using first = startDaemon(folder.path, '--json')
    await (await DaemonClient.of(first)).post('/v1/cluster/init', {})
    expect((await first.stop()).code).toBe(0)
    const other = createServer().listen(0, '::')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    await using second = startDaemon(folder.path, '--json', '--mesh-port', String(port))
    const ending = await second.ended()
    other.close()
    expect(ending).toMatchObject({ code: 1, stderr: expect.stringContaining(String(port)) as string })
    await using third = startDaemon(folder.path, '--json')
    expect((await (await DaemonClient.of(third)).cluster()).cluster).not.toBeNull()
  })
})
