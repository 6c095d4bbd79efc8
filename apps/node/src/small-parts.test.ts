import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { isCodeShown, nextCommands } from './banner.ts'
import { engineProblem } from './engine.ts'
import { PrometheusRegistry } from './observe/prometheus-registry.ts'

test('an old Node is told what it lacks, a new one nothing', () => {
  for (const version of ['24.11.0', '24.21.0', '26.0.0']) expect(engineProblem(version)).toBeUndefined()
  for (const version of ['18.20.0', '20.20.2', '24.10.9', 'nonsense']) {
    expect(engineProblem(version)).toContain('needs 24.11 or newer')
  }
})

test('the program imports nothing before it has looked at the engine', () => {
  // As an old Node would see it: the version is another one, and whatever else is loaded would show.
  const old = `Object.defineProperty(process.versions, 'node', { value: '20.20.2' })`
  const main = join(import.meta.dirname, 'main.ts')
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(old)}`, main],
    {
      encoding: 'utf8',
    },
  )
  expect({ status, stderr }).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('this is Node 20.20.2') as string,
  })
})

test('how to log in is told to a terminal and to programs, and to nothing that keeps it', () => {
  const shown = (json: boolean, isTerminal: boolean, isJournal: boolean): boolean =>
    isCodeShown({ json, isTerminal, isJournal })
  expect([shown(false, true, false), shown(false, true, true), shown(true, false, false)]).toEqual([true, true, true])
  expect([shown(false, false, false), shown(false, false, true), shown(true, false, true)]).toEqual([
    false,
    false,
    false,
  ])
})

test('commands to copy quote what a shell would take apart', () => {
  expect(nextCommands(undefined)[0]?.[0]).toBe('./flotilla status')
  expect(nextCommands("/tmp/it's here")[0]?.[0]).toBe(`./flotilla status --data '/tmp/it'\\''s here'`)
})

test('labels of metrics keep to the format, whatever they contain', () => {
  const registry = new PrometheusRegistry()
  registry.counter({ name: 'x_total', help: 'a\nb', labelNames: ['l'] }).inc({ l: 'a"b\\c\nd' }, 2)
  expect(registry.text()).toContain('x_total{l="a\\"b\\\\c\\nd"} 2')
  expect(
    registry
      .text()
      .split('\n')
      .every((line) => line !== 'b'),
  ).toBe(true)
})
