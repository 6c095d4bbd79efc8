import { describe, expect, test } from 'vitest'
import { findChannels } from './channel-finding.ts'
import { channelPattern, libvirtPatterns, type ChannelPattern } from './channel-patterns.ts'

/** Paths of sockets, as folders show them; how often each was looked at. */
function machine(paths: readonly string[]) {
  const looks = new Map<string, number>()
  return {
    looks,
    names(folder: string): Promise<readonly string[]> {
      looks.set(folder, (looks.get(folder) ?? 0) + 1)
      const prefix = folder === '/' ? '/' : `${folder}/`
      const below = paths.filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length))
      return Promise.resolve([...new Set(below.map((path) => path.split('/')[0] ?? ''))])
    },
  }
}

async function found(patterns: readonly ChannelPattern[], paths: readonly string[], entriesMax = 1_000) {
  const channels = await findChannels(patterns, machine(paths), { entriesMax })
  return channels.map(({ vm, dialect, path }) => [vm, dialect, path])
}

describe('libvirt', () => {
  const old = '/var/lib/libvirt/qemu/channel/target'
  const now = '/run/libvirt/qemu/channel'

  test('both of its folders, our own ports only, and of several starts the last', async () => {
    const paths = [
      `${old}/domain-1-web/org.flotilla.agent.0`,
      `${old}/domain-10-web/org.flotilla.agent.0`,
      `${old}/domain-9-web/org.flotilla.agent.0`,
      `${old}/domain-3-db-1/org.infinibay.agent`,
      `${old}/domain-3-db-1/org.qemu.guest_agent.0`,
      `${now}/7-mail/org.flotilla.agent.0`,
      `${now}/8-bare/org.qemu.guest_agent.0`,
      `${now}/domain-2-x/org.flotilla.agent.0`,
      `${now}/note.txt`,
    ]
    expect(await found(libvirtPatterns(), paths)).toEqual([
      ['db-1', 'own', `${old}/domain-3-db-1/org.infinibay.agent`],
      ['mail', 'own', `${now}/7-mail/org.flotilla.agent.0`],
      ['web', 'own', `${old}/domain-10-web/org.flotilla.agent.0`],
      ['x', 'own', `${now}/domain-2-x/org.flotilla.agent.0`],
    ])
  })

  test('each folder is looked at once, and no more entries than the limit', async () => {
    const paths = Array.from({ length: 50 }, (_, id) => `${now}/${id}-vm${id}/org.flotilla.agent.0`)
    const reader = machine(paths)
    await findChannels(libvirtPatterns(), reader, { entriesMax: 1_000 })
    expect(Math.max(...reader.looks.values())).toBe(1)
    expect((await found(libvirtPatterns(), paths, 60)).length).toBeLessThanOrEqual(10)
  })
})

test('patterns of our own: names in the file or in the folder, dialects by the name or as it is said', async () => {
  const patterns = ['/vms/{vm}.sock', '/vms/{vm}.qga', 'qga:/more/{vm}/agent-*', 'lone=/any/where'].map(channelPattern)
  const paths = ['/vms/a.sock', '/vms/a.qga', '/vms/b.sock.old', '/more/c/agent-x', '/vms/bad name.sock', '/vms/..sock']
  expect(await found(patterns, paths)).toEqual([
    ['a', 'own', '/vms/a.sock'],
    ['a', 'qga', '/vms/a.qga'],
    ['c', 'qga', '/more/c/agent-x'],
    ['lone', 'own', '/any/where'],
  ])
})

test('what stands in a pattern means itself', async () => {
  const pattern = channelPattern('/v(m)s+/{vm}.s$ck')
  expect(await found([pattern], ['/v(m)s+/a.s$ck', '/v(m)s+/a-s$ck'])).toEqual([['a', 'own', '/v(m)s+/a.s$ck']])
})

test.each([
  '',
  'vms/{vm}',
  '/vms/none',
  '/vms/{vm}/{vm}',
  '/vms/{id}{id}/{vm}',
  '/vms/{name}',
  '/a//{vm}',
  '/a/../{vm}',
  'a=/b/{vm}',
  '/{vm',
])('%j is no pattern', (text) => {
  expect(() => channelPattern(text)).toThrow(expect.objectContaining({ code: 'wrong-setting' }) as Error)
})
