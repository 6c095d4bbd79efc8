import { expect, test } from 'vitest'
import { fakeNode } from '../testing/fake-node.ts'
import { terminal } from '../testing/terminal.ts'

const node = { id: 'n1', name: 'ann' }
const figures = { processor: 0.25, cores: 4, memoryUsedBytes: 1_000, memoryTotalBytes: 2_000 }
const machines = [{ node, self: true, stale: false, secondsAgo: 1, figures, alertsRaised: 0 }]

function listed(pid: number): object {
  return {
    node,
    bootId: 'b',
    pid,
    startTicks: 5,
    parent: 1,
    name: `worker-${pid}`,
    command: '',
    user: 'root',
    state: 'running',
    processor: 0.5,
    residentBytes: 1,
    memory: 0,
    threads: 1,
    nice: 0,
    startedAt: '',
  }
}

const own = {
  name: 'ann',
  id: 'n1',
  version: '0',
  life: 1,
  pid: 1,
  startedAt: '',
  uptimeSeconds: 1,
  dataFolder: '',
  storage: { sqliteBytes: 1, diskFreeBytes: 1, historyRows: 1 },
  memory: { residentBytes: 1 },
}

test('in a real terminal: looks, filters, signals, takes another size, and leaves all as it was', async (context) => {
  await using fake = await fakeNode({
    'GET /v1/node': own,
    'GET /v1/machines': { machines },
    'GET /v1/processes': { processes: [listed(41), listed(42)], matching: 2, total: 2, unanswered: [] },
    'POST /v1/processes/signal': {},
  })
  await using screen = await terminal(context, { FLOTILLA_DATA: fake.folder })
  await screen.type('echo what was before')
  await screen.press('Enter')
  await screen.flotilla('top')
  await screen.shows('25.0 % busy')
  expect(await screen.shown()).not.toContain('what was before')
  await screen.press('Down', 'k')
  await screen.shows(/SIGTERM.*worker-42 \(42\) on ann/)
  await screen.press('y')
  await screen.shows('SIGTERM was sent to worker-42')
  const document = { node: 'n1', bootId: 'b', pid: 42, startTicks: 5, signal: 'SIGTERM' }
  expect(fake.asked).toContainEqual({ line: 'POST /v1/processes/signal', document })
  await screen.type('/cpu>1%')
  await screen.press('Enter')
  await expect.poll(() => fake.asked.some(({ line }) => line.includes('filter=cpu%3E1%25'))).toBe(true)
  await screen.press('Tab')
  await screen.resize(50, 10)
  await screen.shows(/NODE +CPU/)
  // Set aside, and brought back.
  await screen.press('C-z')
  await screen.shows('what was before')
  await screen.type('fg')
  await screen.press('Enter')
  await screen.shows('[nodes]')
  await screen.press('q')
  await screen.shows(/ready> *\n*$/)
  await screen.type('stty -a | grep -o " icanon"')
  await screen.press('Enter')
  await screen.shows(/^ icanon/m)
}, 60_000)
