import { Prng } from '@flotilla/core/random'
import { describe, expect, test } from 'vitest'
import type { ListedMachine } from '../commands/machines.ts'
import type { ListedProcess } from '../commands/process-answer.ts'
import { widthOf } from '../terminal/text-width.ts'
import { roomOf, topScreen } from './top-screen.ts'
import { heard, pressed, resized, shownMachines, topAtFirst, type TopState, type TopStep } from './top-state.ts'

function process(pid: number, name = `p${pid}`): ListedProcess {
  return {
    node: { id: 'n1', name: 'ann' },
    vm: null,
    bootId: 'b',
    pid,
    startTicks: pid,
    parent: 1,
    name,
    command: `/bin/${name}`,
    user: 'root',
    state: 'running',
    processor: 0.5,
    residentBytes: 1_048_576,
    memory: 0.1,
    privateBytes: null,
    threads: 1,
    nice: 0,
    startedAt: '',
    openFiles: null,
    readBytesPerSecond: null,
    writtenBytesPerSecond: null,
  }
}

function machine(name: string, processor: number): ListedMachine {
  const figures = { processor, cores: 2, memoryUsedBytes: 1_024 * (10 - processor * 10), memoryTotalBytes: 2_048 }
  return { node: { id: name, name }, self: false, stale: false, secondsAgo: 1, figures, alertsRaised: 0 }
}

const size = { columns: 80, rows: 24 }
const full = heard(resized(topAtFirst, roomOf(size)), {
  machines: [machine('ann', 0.1), machine('bob', 0.9)],
  processes: Array.from({ length: 50 }, (_, index) => process(index + 1)),
  matching: 50,
  total: 60,
})

function after(state: TopState, ...keys: readonly string[]): TopStep {
  return keys.reduce<TopStep>((step, key) => pressed(step.state, key), { state })
}

describe('keys', () => {
  test('choose a row, and the list moves with it', () => {
    expect(after(full, 'down', 'down', 'up').state.chosen).toBe(1)
    expect(after(full, 'up').state).toMatchObject({ chosen: 0, first: 0 })
    expect(after(full, 'page-down').state).toMatchObject({ chosen: 20, first: 1 })
    expect(after(full, 'end').state).toMatchObject({ chosen: 49, first: 30 })
    expect(after(full, 'end', 'home').state).toMatchObject({ chosen: 0, first: 0 })
  })

  test('sort, and the same one again the other way round', () => {
    expect(after(full, 'm')).toMatchObject({ state: { sort: 'memory', isReversed: false }, effect: { type: 'ask' } })
    expect(after(full, 'm', 'm').state).toMatchObject({ sort: 'memory', isReversed: true })
    expect(after(full, 'm', 'm', 'c').state).toMatchObject({ sort: 'cpu', isReversed: false })
    expect(after(full, 'r').state.isReversed).toBe(true)
  })

  test('write a filter: letters that are commands elsewhere too', () => {
    const written = after(full, '/', 'q', 'k', 'x', 'backspace', 'ü')
    expect(written).toMatchObject({ state: { filter: 'qkü', mode: { type: 'filter' } } })
    expect(after(written.state, 'enter')).toMatchObject({ state: { mode: { type: 'list' } }, effect: { type: 'ask' } })
    expect(after(written.state, 'escape').state.filter).toBe('')
    expect(after(written.state, 'up', 'page-down').state.filter).toBe('qkü')
    expect(after(written.state, 'enter', 'escape')).toMatchObject({ state: { filter: '' }, effect: { type: 'ask' } })
    const long = after(full, '/', ...Array.from({ length: 500 }, () => 'x'))
    expect(long.state.filter).toHaveLength(200)
  })

  test('a signal is sent to whom was chosen, and only after a clear yes', () => {
    const asked = after(full, 'down', 'k')
    expect(asked.effect).toBeUndefined()
    expect(asked.state.mode).toMatchObject({ type: 'confirm', process: { pid: 2 } })
    // What comes meanwhile changes nothing in whom it is about.
    const later = heard(asked.state, { processes: [process(7), process(8)] })
    expect(after(later, 'y').effect).toMatchObject({ type: 'signal', signal: 'SIGTERM', process: { pid: 2 } })
    expect(after(later, 'K').effect).toMatchObject({ type: 'signal', signal: 'SIGKILL', process: { pid: 2 } })
    for (const key of ['n', 'enter', 'k', 'escape', 'q']) {
      expect(after(later, key)).toEqual({ state: expect.objectContaining({ notice: 'Nothing was sent.' }) as unknown })
    }
  })

  test('nobody is signalled from the list of nodes, or in a virtual machine', () => {
    expect(after(full, 'tab', 'k').state).toMatchObject({ mode: { type: 'list' }, notice: 'Choose a process first.' })
    const guest = heard(full, { processes: [{ ...process(1), vm: 'web' }] })
    expect(after(guest, 'k').state.notice).toContain('flotilla vm kill web')
  })

  test('end it, and Ctrl-C does in every mode', () => {
    expect(after(full, 'q').effect).toEqual({ type: 'quit' })
    for (const before of [[], ['/'], ['k'], ['?']]) {
      expect(after(full, ...before, 'ctrl-c').effect).toEqual({ type: 'quit' })
    }
  })
})

test('who is chosen stays chosen when the order changes, and somebody is when he has gone', () => {
  const chosen = after(full, 'down', 'down').state
  const turned = heard(chosen, { processes: [process(3), process(1), process(2)] })
  expect(turned.processes[turned.chosen]?.pid).toBe(3)
  expect(heard(chosen, { processes: [process(9)] }).chosen).toBe(0)
  expect(heard(chosen, { processes: [] }).chosen).toBe(0)
})

test('nodes are sorted and filtered here', () => {
  const names = (state: TopState): readonly string[] => shownMachines(state).map(({ node }) => node.name)
  expect(names(full)).toEqual(['bob', 'ann'])
  expect(names({ ...full, sort: 'memory' })).toEqual(['ann', 'bob'])
  expect(names({ ...full, sort: 'name', isReversed: true })).toEqual(['bob', 'ann'])
  expect(names({ ...full, filter: 'an' })).toEqual(['ann'])
})

describe('the screen', () => {
  test('says what there is, and what can be done', () => {
    const text = topScreen(full, size, false).join('\n')
    for (const part of ['2 nodes', '4 cores, 50.0 % busy', '50 of 50 (60)', 'COMMAND', '/bin/p1', 'q quit']) {
      expect(text).toContain(part)
    }
    expect(topScreen(after(full, 'tab').state, size, false).join('\n')).toMatch(/bob +90\.0 %/)
    expect(topScreen(after(full, '?').state, size, false).join('\n')).toContain('Any key goes back')
    expect(topScreen(after(full, 'k').state, size, false).at(-1)).toMatch(/SIGTERM.*p1 \(1\) on ann/)
    expect(topScreen(topAtFirst, size, false).join('\n')).toContain('Waiting for the first figures')
  })

  test.each([1, 2, 3, 4])('fits, whatever is on it, however large it is, whatever was pressed: seed %i', (seed) => {
    const prng = new Prng(seed)
    const some = <Value>(values: readonly Value[]): Value => prng.pick(values)
    const keys = ['down', 'up', 'end', 'tab', 'k', '/', '?', 'm', 'r', 'escape', 'page-down', 'enter', 'x', '字']
    const letters = ['a', ' ', '字', '👩‍🚀', '\u0301', '\u202E', '\u001B', 'é', '\uD800']
    const text = (): string => Array.from({ length: prng.below(60) }, () => some(letters)).join('')
    for (let round = 0; round < 200; round++) {
      const screen = { columns: 1 + prng.below(160), rows: 1 + prng.below(50) }
      const processes = Array.from({ length: prng.below(60) }, (_, pid) => process(pid, text()))
      const known = heard(resized(full, roomOf(screen)), { processes })
      const { state } = after(known, ...Array.from({ length: prng.below(12) }, () => some(keys)))
      const lines = topScreen(resized(state, roomOf(screen)), screen, false)
      expect(lines.length).toBeLessThanOrEqual(screen.rows)
      for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(screen.columns)
    }
  })
})
