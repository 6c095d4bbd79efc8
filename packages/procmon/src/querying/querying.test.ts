import { FlotillaError } from '@flotilla/core/errors'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ProcessFigures, ProcessQuery } from '../figures.ts'
import {
  mergeProcesses,
  processSortKeys,
  processStates,
  processTree,
  selectProcesses,
  validateProcessQuery,
} from './index.ts'

const process = (fields: Partial<ProcessFigures>): ProcessFigures => ({
  bootId: 'boot',
  pid: 1,
  startTicks: 0,
  parent: 0,
  name: 'init',
  command: '/sbin/init',
  user: 'root',
  state: 'sleeping',
  processor: 0,
  residentBytes: 0,
  memory: 0,
  threads: 1,
  nice: 0,
  startedAtMs: 0,
  ...fields,
})

const anyProcess = fc
  .record(
    {
      pid: fc.nat(40),
      name: fc.constantFrom('node', 'bash', 'Xorg'),
      user: fc.constantFrom('root', 'ann'),
      state: fc.constantFrom(...processStates),
      processor: fc.nat(4),
      residentBytes: fc.nat(4),
      memory: fc.nat(4).map((memory) => memory / 4),
      threads: fc.nat(3),
      startedAtMs: fc.nat(3),
      openFiles: fc.nat(3),
      privateBytes: fc.nat(3),
      readBytesPerSecond: fc.nat(3),
    },
    {
      requiredKeys: ['pid', 'name', 'user', 'state', 'processor', 'residentBytes', 'memory', 'threads', 'startedAtMs'],
    },
  )
  .map(process)
const anyProcesses = fc.uniqueArray(anyProcess, { selector: ({ pid }) => pid, maxLength: 40 })
const anyQuery: fc.Arbitrary<ProcessQuery> = fc.record(
  {
    text: fc.constantFrom('NODE', 'o', 'init'),
    user: fc.constantFrom('root', 'ann', 'eve'),
    states: fc.subarray([...processStates]),
    pids: fc.array(fc.nat(40)),
    processorMin: fc.nat(4),
    residentBytesMin: fc.nat(4),
    memoryMin: fc.constantFrom(0, 0.5, 1),
    sort: fc.constantFrom(...processSortKeys),
    isReversed: fc.boolean(),
    limit: fc.integer({ min: 1, max: 50 }),
  },
  { requiredKeys: [] },
)

test('merging what several nodes selected is selecting of them all', () => {
  const lists = fc.array(anyProcesses, { maxLength: 5 })
  fc.assert(
    fc.property(lists, anyQuery, (nodes, query) => {
      const placed = nodes.map((list, node) => list.map((each) => ({ ...each, node, startTicks: node })))
      const merged = mergeProcesses(
        placed.map((list) => selectProcesses(list, query).processes),
        query,
      )
      expect(merged).toEqual(selectProcesses(placed.flat(), query).processes)
    }),
    { numRuns: 500 },
  )
})

test('all that match and no others, in order', () => {
  fc.assert(
    fc.property(anyProcesses, anyQuery, (processes, query) => {
      const { limit = 100 } = query
      const found = selectProcesses(processes, query)
      const expected = processes.filter(
        (each) =>
          (query.text === undefined ||
            `${each.name} ${each.command}`.toLowerCase().includes(query.text.toLowerCase())) &&
          (query.user === undefined || each.user === query.user) &&
          (query.states === undefined || query.states.includes(each.state)) &&
          (query.pids === undefined || query.pids.includes(each.pid)) &&
          each.processor >= (query.processorMin ?? 0) &&
          each.residentBytes >= (query.residentBytesMin ?? 0) &&
          each.memory >= (query.memoryMin ?? 0),
      )
      expect(found.matching).toBe(expected.length)
      expect(found.processes).toHaveLength(Math.min(limit, expected.length))
      expect(new Set(found.processes).isSubsetOf(new Set(expected))).toBe(true)
    }),
    { numRuns: 500 },
  )
})

test('each key sorts as people expect, and turned round the other way', () => {
  const one = process({ pid: 1, name: 'b', user: 'x', startedAtMs: 1, threads: 1, processor: 1, openFiles: 1 })
  const two = process({ pid: 2, name: 'A', user: 'Y', startedAtMs: 2, threads: 2, residentBytes: 5, privateBytes: 0 })
  const three = { ...two, pid: 3, readBytesPerSecond: 0 }
  const order = (query: ProcessQuery): number[] =>
    selectProcesses([three, two, one], query).processes.map(({ pid }) => pid)
  expect(order({})).toEqual([1, 2, 3])
  expect(order({ sort: 'cpu', isReversed: true })).toEqual([2, 3, 1])
  expect(order({ sort: 'memory' })).toEqual([2, 3, 1])
  expect(order({ sort: 'private' })).toEqual([2, 3, 1])
  expect(order({ sort: 'pid', isReversed: true })).toEqual([3, 2, 1])
  expect(order({ sort: 'name' })).toEqual([2, 3, 1])
  expect(order({ sort: 'user' })).toEqual([1, 2, 3])
  expect(order({ sort: 'threads' })).toEqual([2, 3, 1])
  expect(order({ sort: 'files' })).toEqual([1, 2, 3])
  expect(order({ sort: 'io' })).toEqual([3, 2, 1])
  expect(order({ sort: 'age' })).toEqual([1, 2, 3])
})

test('a wrong query is refused with what is allowed, and io implies detail', () => {
  const refused = (query: unknown): string => {
    try {
      validateProcessQuery(query as ProcessQuery)
    } catch (error) {
      return error instanceof FlotillaError && error.code === 'wrong-query' ? error.sentence : 'another error'
    }
    return 'nothing'
  }
  expect(refused({ sort: 'colour' })).toContain('sort is "colour"; it must be one of cpu, memory, private')
  expect(refused({ sort: 'toString' })).toContain('must be one of')
  expect(refused({ limit: 0 })).toContain('limit is 0; it must be a whole number from 1 to 10000')
  expect(refused({ limit: 1.5 })).toContain('whole number')
  expect(refused({ text: 'x'.repeat(300) })).toContain('text of 1 to 256')
  expect(refused({ user: '' })).toContain('user is ""')
  expect(refused({ states: 'running' })).toContain('states must be a list')
  expect(refused({ states: ['gone'] })).toContain('"gone"')
  expect(refused({ pids: [-1] })).toContain('pids is -1')
  expect(refused({ pids: Array.from({ length: 2_000 }, () => 1) })).toContain('at most 1024')
  expect(refused({ processorMin: Number.NaN })).toContain('processorMin is NaN')
  expect(refused({ memoryMin: 2 })).toContain('from 0 to 1')
  expect(refused({ isReversed: 1 })).toContain('true or false')
  expect(refused({ text: '\u001B[2J'.repeat(100) })).not.toContain('\u001B')
  expect(validateProcessQuery({ sort: 'io' }).withDetail).toBe(true)
})

test('a tree has parents right before their children', () => {
  const list = [
    { pid: 5, parent: 3 },
    { pid: 1, parent: 0 },
    { pid: 3, parent: 1 },
    { pid: 4, parent: 1 },
    { pid: 9, parent: 77 },
  ]
  const pids = (pid?: number): number[] => processTree(list, pid).map((each) => each.pid)
  expect(pids()).toEqual([1, 3, 5, 4, 9])
  expect(pids(3)).toEqual([3, 5])
  expect(() => pids(8)).toThrow('there is no process 8')
})

test('a tree of anything has each process once', () => {
  const list = fc.uniqueArray(fc.record({ pid: fc.nat(30), parent: fc.nat(30) }), { selector: ({ pid }) => pid })
  fc.assert(
    fc.property(list, (processes) => {
      const tree = processTree(processes)
      expect(tree.map(({ pid }) => pid).toSorted((one, other) => one - other)).toEqual(
        processes.map(({ pid }) => pid).toSorted((one, other) => one - other),
      )
    }),
  )
  const chain = Array.from({ length: 50_000 }, (_, pid) => ({ pid: pid + 1, parent: pid }))
  expect(processTree(chain)).toHaveLength(50_000)
})
