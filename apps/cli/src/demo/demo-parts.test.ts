import { createServer } from 'node:net'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { chooseCommand, readWords } from '../arguments.ts'
import { commandTable } from '../command-table.ts'
import type { RaftGroup, RaftMember } from '../commands/raft-answer.ts'
import { renderLines } from '../terminal/lines.ts'
import { temporaryFolder } from '../testing/programs.ts'
import { BoundedLog } from './bounded-log.ts'
import { agreementOf, type DemoView } from './demo-agreement.ts'
import { planDemo } from './demo-plan.ts'
import { demoCommands, demoSummary, type DemoFacts } from './demo-summary.ts'
import { freePorts, isPortFree } from './free-ports.ts'
import { RestartBudget } from './restart-budget.ts'

const ids = ['a', 'b', 'c']

function view(leader: string | undefined, voters: readonly string[], alive: readonly string[] = ids): DemoView {
  const members: readonly RaftMember[] = ids.map((id) => ({
    id,
    name: id,
    self: false,
    part: voters.includes(id) ? 'voter' : 'learner',
    leads: id === leader,
    entriesBehind: null,
    answers: null,
  }))
  const group: RaftGroup = {
    name: 'locks',
    role: 'follower',
    term: 1,
    leader: leader === undefined ? null : { id: leader, name: leader },
    quiet: false,
    commit: 1,
    applied: 1,
    lastIndex: 1,
    snapshotIndex: 0,
    logBytes: 0,
    sessions: 0,
    version: 1,
    members,
    autopilot: { state: '', reason: '' },
  }
  return { raft: { state: 'member', notice: null, groups: [group] }, alive }
}

describe('the nodes agree', () => {
  test('when all see one leader, all three voters, and everybody', () => {
    const all = view('a', ids)
    expect(agreementOf([all, all, all], ids)).toMatchObject({ isComplete: true, voters: 3, alive: 3 })
  })

  test.each([
    ['one sees another leader', view('b', ids)],
    ['one sees no leader', view(undefined, ids)],
    ['one sees two voters', view('a', ['a', 'b'])],
    ['one misses somebody', view('a', ids, ['a', 'b'])],
    ['one does not answer', { raft: { state: 'failed', notice: null, groups: [] }, alive: [] }],
  ])('not when %s', (_, odd) => {
    expect(agreementOf([view('a', ids), view('a', ids), odd], ids).isComplete).toBe(false)
  })

  test('not when nobody was asked', () => {
    expect(agreementOf([], ids).isComplete).toBe(false)
  })
})

test('each node is told where the others are on this machine', () => {
  const [one, two] = planDemo('d', { pages: [1, 2, 3], mesh: [4, 5, 6] })
  expect(one).toMatchObject({ name: 'one', folder: join('d', 'one'), port: 1, meshPort: 4 })
  expect(two?.flags).toEqual(expect.arrayContaining(['--peer', '127.0.0.1:4', '127.0.0.1:6', '--mesh-port=5']))
  expect(two?.flags).not.toContain('127.0.0.1:5')
})

const facts: DemoFacts = {
  nodes: ids.map((id) => ({ name: id, id, pid: 1, pageUrl: `http://127.0.0.1/?key=${id}`, meshPort: 7 })),
  agreement: agreementOf([view('a', ids)], ids),
  token: 'flj1x',
  tokenSeconds: 900,
  folder: '.flotilla/demo',
  seconds: 3,
  program: './flotilla',
  dataFlag: '',
}

test.each([facts, { ...facts, dataFlag: " --data '/somewhere else'" }])(
  'what it says to try is what there is',
  async (each) => {
    const commands = demoCommands(each)
    expect(commands).toHaveLength(5)
    for (const [line] of commands) {
      const [program, ...argv] = line.replace("'/somewhere else'", 'x').split(' ')
      const chosen = chooseCommand(argv, commandTable)
      if (chosen.type !== 'command') throw new Error(`${line} is no command`)
      expect(program).toBe('./flotilla')
      const { words } = readWords(await chosen.listed.load(), chosen)
      expect(words).not.toContain('--data')
    }
  },
)

test('it says who leads, where the page is, and how another machine joins', () => {
  const text = renderLines(demoSummary(facts), false)
  for (const part of ['a leads, 3 voters', 'http://127.0.0.1/?key=a', './flotilla join flj1x', '15 min', 'Ctrl-C']) {
    expect(text).toContain(part)
  }
  const apart = renderLines(demoSummary({ ...facts, agreement: agreementOf([view('a', ['a'])], ids) }), false)
  expect(apart).toContain('do not agree yet')
  expect(renderLines(demoSummary({ ...facts, token: undefined }), false)).toContain('No other machine')
})

test('a node that ends is started again, later each time, and not without end', () => {
  const limits = { restartsMax: 3, restartsWithinMs: 1_000, firstDelayMs: 10, delayMsMax: 30 }
  const budget = new RestartBudget(limits)
  expect([0, 1, 2, 3].map((nowMs) => budget.ended(nowMs))).toEqual([10, 20, 30, undefined])
  // What is long past is forgotten.
  expect(budget.ended(1_001)).toBe(20)
  expect(budget.ended(5_000)).toBe(10)
})

test('ports are the first free ones, and where there are too few it is said', async () => {
  const isFree = (port: number): Promise<boolean> => Promise.resolve(port % 2 === 1)
  expect(await freePorts({ from: 10, tried: 6, count: 3 }, isFree)).toEqual([11, 13, 15])
  await expect(freePorts({ from: 10, tried: 5, count: 3 }, isFree)).rejects.toMatchObject({ code: 'ports-taken' })
})

test('a port that somebody listens on is taken', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  expect(await isPortFree(port, { host: '127.0.0.1', datagrams: false })).toBe(false)
  await new Promise((closed) => server.close(closed))
  expect(await isPortFree(port, { host: '127.0.0.1', datagrams: true })).toBe(true)
})

test('what a node writes down is bounded: a full file becomes the one before', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'logs', 'a.log')
  {
    using log = new BoundedLog(path, 4)
    for (const text of ['aa', 'bb', 'cc', 'dd', 'ee']) log.write(Buffer.from(text))
  }
  expect(await readFile(path, 'utf8')).toBe('ee')
  expect(await readFile(`${path}.before`, 'utf8')).toBe('ccdd')
})
