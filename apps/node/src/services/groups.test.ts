import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { DaemonClient } from '../testing/daemon-client.ts'
import { startDaemon, temporaryFolder, type DaemonProcess } from '../testing/daemon-process.ts'
import type { LocksAnswer, RaftAnswer } from './lock-answers.ts'

/** For what takes its time; a test that waits so long has failed. */
const patience = { interval: 100, timeout: 60_000 }

const raftOf = async (client: DaemonClient): Promise<RaftAnswer> =>
  JSON.parse(await client.text('/v1/raft')) as RaftAnswer

/** Runs a daemon as long as it takes, and stops it cleanly. */
async function during<Value>(folder: string, use: (client: DaemonClient) => Promise<Value>): Promise<Value> {
  await using daemon: DaemonProcess = startDaemon(folder, '--json')
  const value = await use(await DaemonClient.of(daemon))
  expect((await daemon.stop()).code).toBe(0)
  return value
}

async function init(client: DaemonClient): Promise<void> {
  expect(await client.post('/v1/cluster/init', {})).toMatchObject({ cluster: {} })
  await expect.poll(async () => (await raftOf(client)).state, patience).toBe('member')
}

const partsOf = (folder: string, ...names: readonly string[]): readonly string[] =>
  names.map((name) => join(folder, name))

test('the maker of a cluster creates its group, once, and finds it again after every start', async () => {
  await using folder = await temporaryFolder()
  await during(folder.path, async (client) => {
    expect(await raftOf(client)).toEqual({ state: 'none', notice: null, groups: [] })
    await init(client)
    await expect.poll(async () => (await raftOf(client)).groups[0]?.role, patience).toBe('leader')
    expect(await client.post('/v1/raft/found', {})).toMatchObject({ error: { code: 'already-founded' } })
    expect(await client.text('/metrics')).toMatch(/^flotilla_raft_member 1$/m)
  })
  await during(folder.path, async (client) => {
    await expect.poll(async () => (await raftOf(client)).groups[0]?.role, patience).toBe('leader')
    expect((JSON.parse(await client.text('/v1/locks')) as LocksAnswer).locks).toEqual([])
    expect(await client.text('/healthz')).toContain('"healthy"')
  })
})

test('a founder that was killed before it had noted that the group is there does not make another', async () => {
  await using folder = await temporaryFolder()
  await during(folder.path, init)
  const term = await during(folder.path, async (client) => {
    await expect.poll(async () => (await raftOf(client)).groups[0]?.role, patience).toBe('leader')
    return (await raftOf(client)).groups[0]?.term ?? 0
  })
  await writeFile(join(folder.path, 'disk/founding'), 'flotilla founding 1 founding\n')
  await during(folder.path, async (client) => {
    await expect.poll(async () => (await raftOf(client)).groups[0]?.role, patience).toBe('leader')
    // A new group would begin at its first term.
    expect((await raftOf(client)).groups[0]?.term).toBeGreaterThan(term)
  })
})

test('a cluster from before there was a group gets it by order, from a holder of the authority', async () => {
  await using folder = await temporaryFolder()
  await during(folder.path, init)
  // As an older version has left it.
  const made = partsOf(folder.path, 'raft', 'disk/founding', 'disk/group-member')
  for (const path of made) await rm(path, { recursive: true })
  await during(folder.path, async (client) => {
    expect(await raftOf(client)).toMatchObject({
      state: 'client',
      notice: expect.stringContaining('flotilla raft found') as string,
    })
    expect(await client.post('/v1/raft/found', {})).toMatchObject({ state: 'member' })
    expect(await client.post('/v1/raft/found', {})).toMatchObject({ error: { code: 'already-founded' } })
    await expect.poll(async () => (await raftOf(client)).groups[0]?.role, patience).toBe('leader')
  })
})

test('a node that has joined, or taken an authority over, creates no group', async () => {
  await using folders = new AsyncDisposableStack()
  const [annFolder, bobFolder] = [folders.use(await temporaryFolder()), folders.use(await temporaryFolder())]
  await using annDaemon = startDaemon(annFolder.path, '--json', '--name', 'ann')
  await using bobDaemon = startDaemon(bobFolder.path, '--json', '--name', 'bob')
  const [ann, bob] = [await DaemonClient.of(annDaemon), await DaemonClient.of(bobDaemon)]
  await init(ann)
  await bob.post('/v1/cluster/join', { token: await ann.invite() })
  const passphrase = 'correct horse battery'
  const exported = (await ann.post('/v1/cluster/authority/export', { passphrase })) as { readonly file: string }
  // From here on nobody else is there who could make it a member.
  await annDaemon.stop('SIGKILL')
  const imported = await bob.post('/v1/cluster/authority/import', { passphrase, file: exported.file })
  expect(imported).toMatchObject({ cluster: { authorityHeld: true } })
  expect(await bob.post('/v1/raft/found', {})).toMatchObject({ error: { code: 'already-founded' } })
  await bobDaemon.stop()
  await using again = startDaemon(bobFolder.path, '--json', '--name', 'bob')
  expect((await raftOf(await DaemonClient.of(again))).groups.filter(({ leader }) => leader !== null)).toEqual([])
})

test('a node that has lost what it promised as a member takes no part, says so, and goes on', async () => {
  await using folder = await temporaryFolder()
  await during(folder.path, init)
  await rm(join(folder.path, 'raft'), { recursive: true })
  await during(folder.path, async (client) => {
    const answer = await raftOf(client)
    expect(answer).toMatchObject({ state: 'failed', groups: [] })
    expect(answer.notice).toMatch(/does not hold it any more.*put that folder back/)
    expect(JSON.parse(await client.text('/healthz'))).toMatchObject({ status: 'degraded', failed: ['raft'] })
    expect(await client.text('/metrics')).toMatch(/^flotilla_raft_failed 1$/m)
    expect(await client.post('/v1/raft/found', {})).toMatchObject({ error: { code: 'group-lost' } })
  })
})

test('a node whose raft log is damaged takes no part, leaves it as it is, and goes on', async () => {
  await using folder = await temporaryFolder()
  await during(folder.path, init)
  const raft = join(folder.path, 'raft/raft')
  const names = await readdir(raft, { recursive: true, withFileTypes: true })
  const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  expect(files.length).toBeGreaterThan(0)
  for (const file of files) await writeFile(file, 'no raft log at all')
  await during(folder.path, async (client) => {
    expect(await raftOf(client)).toMatchObject({ state: 'failed', groups: [] })
    expect(await client.cluster()).toMatchObject({ cluster: {} })
  })
  for (const file of files) expect(await readFile(file, 'utf8')).toBe('no raft log at all')
})
