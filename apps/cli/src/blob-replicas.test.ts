import { join } from 'node:path'
import { expect, test } from 'vitest'
import { flotilla, startNode, temporaryFolder, type StartedNode } from './testing/programs.ts'

/** For what takes its time; a test that waits so long has failed. */
const patience = { interval: 250, timeout: 60_000 }

test('a replica says on the command line what it is, refuses what it cannot do, and does the rest', async () => {
  await using folder = await temporaryFolder()
  await using stack = new AsyncDisposableStack()
  const at = (name: string): string => join(folder.path, name)
  const run = (name: string, ...words: readonly string[]): ReturnType<typeof flotilla> =>
    flotilla([...words, '--data', at(name)])
  const started = async (name: string): Promise<StartedNode> =>
    stack.use(await startNode(at(name), 'itself', ['--name', name, '--mesh-port', '0', '--no-beacons']))
  await started('ann')
  await started('eve')
  expect((await run('ann', 'init')).code).toBe(0)
  const { stdout } = await run('ann', 'invite', '--role', 'replica', '--json')
  const { token } = JSON.parse(stdout) as { readonly token: string }
  expect((await run('eve', 'join', token)).code).toBe(0)
  await expect.poll(async () => (await run('eve', 'blob', 'stats')).code, patience).toBe(0)
  const stats = (await run('eve', 'blob', 'stats')).stdout
  expect(stats).toContain('0; this node keeps copies that it cannot read (its role is replica)')
  expect(stats).toMatch(/at +ann: /)
  expect(JSON.parse((await run('eve', 'blob', 'stats', '--json')).stdout)).toMatchObject({
    stats: { blobBytes: null, savedBytes: null, replication: { peers: [{ name: 'ann', untrusted: false }] } },
  })
  for (const words of [['ls'], ['get', 'x'], ['stat', 'x'], ['rm', 'x']]) {
    const { code, stderr } = await run('eve', 'blob', ...words)
    expect([words, code !== 0, stderr.includes('keeps copies that it cannot read')]).toEqual([words, true, true])
  }
  for (const words of ['gc', 'fsck']) expect((await run('eve', 'blob', words)).code).toBe(0)
  expect((await run('ann', 'blob', 'stats')).stdout).toMatch(/at +eve: .*untrusted/)
})
