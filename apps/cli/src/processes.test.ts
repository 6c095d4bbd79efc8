import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ListedProcess } from './commands/process-answer.ts'
import { flotilla, startNode, temporaryFolder, type Ended, type StartedNode } from './testing/programs.ts'

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let node: StartedNode

const data = (): string => join(folder.path, 'node')
const run = (...words: readonly string[]): Promise<Ended> => flotilla([...words, '--data', data()])

async function json<Document>(...words: readonly string[]): Promise<Document> {
  return JSON.parse((await run(...words, '--json')).stdout) as Document
}

beforeAll(async () => {
  folder = await temporaryFolder()
  node = await startNode(data())
})

afterAll(async () => {
  await node[Symbol.asyncDispose]()
  await folder[Symbol.asyncDispose]()
})

test('ps shows what runs, as a list and as a tree', async () => {
  const { processes } = await json<{ readonly processes: readonly ListedProcess[] }>('ps', '--limit', '5000')
  const itself = processes.find(({ pid }) => pid === node.pid)
  expect(itself).toMatchObject({ state: expect.any(String) as unknown, vm: null })
  expect(itself?.residentBytes).toBeGreaterThan(10_000_000)
  const shown = await run('ps', 'flotillad', '--sort', 'memory', '--detail', '--limit', '3')
  expect(shown).toMatchObject({ code: 0, stderr: '' })
  const tree = await json<{ readonly processes: readonly ListedProcess[] }>('ps', '--tree')
  const places = new Map(tree.processes.map(({ pid }, index) => [pid, index]))
  for (const { pid, parent } of tree.processes) {
    expect(places.get(parent) ?? -1, `the parent of ${pid} comes first`).toBeLessThan(places.get(pid) ?? -1)
  }
})

test('a query that is wrong says what it may be', async () => {
  expect(await run('ps', '--sort', 'size')).toMatchObject({ stderr: expect.stringContaining('cpu, memory') as unknown })
  expect(await run('ps', '--filter', 'size>3')).toMatchObject({ code: 1 })
  expect(await run('ps', '--limit', 'many')).toMatchObject({ code: 2 })
  expect(await run('ps', '--tree', '--sort', 'cpu')).toMatchObject({ code: 2 })
  expect(await run('kill', 'me')).toMatchObject({ code: 2 })
  expect(await run('kill', '4711', '--signal', 'NICE')).toMatchObject({ code: 2 })
  expect(await run('renice', '4711', '99')).toMatchObject({ code: 2 })
})

test('kill and renice touch that very process, and it is written down', async () => {
  const child = spawn('sleep', ['600'])
  const pid = String(child.pid)
  expect(await run('renice', pid, '5')).toMatchObject({ code: 0 })
  const { processes } = await json<{ readonly processes: readonly ListedProcess[] }>('ps', '--filter', `pid=${pid}`)
  expect(processes[0]?.nice).toBe(5)
  const ended = once(child, 'exit')
  expect(await run('kill', pid, '--signal', 'kill')).toMatchObject({ code: 0 })
  expect(await ended).toEqual([null, 'SIGKILL'])
  expect(await run('kill', pid)).toMatchObject({ code: 1, stderr: expect.stringContaining('no process') as unknown })
  const { stdout } = await run('audit', 'show')
  expect(stdout).toContain(`process ${pid}`)
  expect(await run('audit', 'verify')).toMatchObject({ code: 0 })
})

test('whoever changes the audit log is found out', async () => {
  const place = join(data(), 'disk', 'audit')
  const [name = ''] = await readdir(place)
  const text = await readFile(join(place, name), 'utf8')
  await writeFile(join(place, name), text.replace('"asked"', '"done"'))
  const said = await run('audit', 'verify')
  expect(said).toMatchObject({ code: 1 })
  expect(said.stdout).toContain('line 1')
  await writeFile(join(place, name), text)
})

test('machines shows this one, and alerts that nothing is known to be wrong', async () => {
  const { machines } = await json<{ readonly machines: readonly { readonly self: boolean }[] }>('machines')
  expect(machines.map(({ self }) => self)).toEqual([true])
  expect(await run('machines')).toMatchObject({ code: 0 })
  expect(await run('alerts')).toMatchObject({ code: 0, stderr: '' })
})
