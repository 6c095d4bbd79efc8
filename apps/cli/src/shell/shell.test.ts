import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { fakeNode, type FakeNode } from '../testing/fake-node.ts'
import { flotilla } from '../testing/programs.ts'
import { terminal } from '../testing/terminal.ts'

const nodes = ['ann', 'bob'].map((name) => ({
  id: `id-${name}`,
  name,
  self: name === 'ann',
  status: 'alive',
  roles: ['node'],
  version: '1',
  addresses: [],
  connected: name !== 'ann',
  roundTripMs: null,
  bytesIn: 0,
  bytesOut: 0,
  certificateNotAfter: null,
}))

const own = {
  name: 'ann',
  id: 'id-ann',
  version: '1',
  life: 1,
  pid: 1,
  startedAt: '',
  uptimeSeconds: 1,
  dataFolder: '',
  storage: { sqliteBytes: 1, diskFreeBytes: 1, historyRows: 1 },
  memory: { residentBytes: 1 },
}

function cluster(): Promise<FakeNode> {
  return fakeNode({
    'GET /v1/nodes': { degraded: false, nodes },
    'GET /v1/node': own,
    'GET /v1/history': { history: [] },
    'GET /v1/relay': ({ line }) => ({
      history: [{ id: 1, life: 1, type: line.includes('node=bob') ? 'B' : 'A', at: '', version: '' }],
    }),
  })
}

test('lines from a pipe: what is wrong is told, and the last one’s exit code comes back', async () => {
  await using fake = await cluster()
  const input = ['nodes', 'bogus', '@all history', '@bob say hello', ''].join('\n')
  const { code, stdout, stderr } = await flotilla(['shell', '--data', fake.folder], {}, input)
  expect(stdout).toMatch(/ann.*this node/)
  expect(stderr).toContain('there is no command "bogus"')
  expect(stdout).toMatch(/^ann │ .*A/m)
  expect(stdout).toMatch(/^bob │ .*B/m)
  expect(stdout).toMatch(/bob │ .*only looked at/)
  expect(fake.asked.some(({ line }) => line.startsWith('POST'))).toBe(false)
  expect(code).toBe(1)
  expect(await flotilla(['shell', '--data', fake.folder], {}, 'nodes\nexit\nbogus\n')).toMatchObject({ code: 0 })
})

test('in a real terminal: completes, remembers, gives a line up, and ends', async (context) => {
  await using fake = await cluster()
  const state = mkdtempSync(join(tmpdir(), 'flotilla-state-'))
  await using screen = await terminal(context, { FLOTILLA_DATA: fake.folder, XDG_STATE_HOME: state })
  await screen.flotilla('shell')
  await screen.shows(/^ann> *$/m)
  await screen.type('nod')
  await screen.press('Tab')
  await screen.shows(/^ann> nodes *$/m)
  await screen.press('Enter')
  await screen.shows('this node')
  await screen.type('@bo')
  await screen.press('Tab')
  await screen.shows(/^ann> @bob *$/m)
  await screen.type('history')
  await screen.press('Enter')
  await screen.shows(/bob │ .*B/)
  await screen.type('never mind')
  await screen.press('C-c')
  await screen.shows('never mind^C')
  await screen.press('C-d')
  await screen.shows(/ready> *\n*$/)
  expect(readFileSync(join(state, 'flotilla', 'history'), 'utf8')).toBe('nodes \n@bob history\n')
  await screen.flotilla('shell')
  await screen.press('C-l')
  await screen.shows(/^ann> *$/m)
  await screen.press('Up')
  await screen.shows(/^ann> @bob history$/m)
}, 60_000)
