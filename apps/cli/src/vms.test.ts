/** A real agent behind a Unix socket, a real node, and the command line. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { ListedVm, ListedVms } from './commands/vm/vm-answer.ts'
import {
  flotilla,
  startFlotilla,
  startNode,
  temporaryFolder,
  type Ended,
  type StartedNode,
} from './testing/programs.ts'

const agentProgram = fileURLToPath(new URL('../../agent/src/main.ts', import.meta.url))
const patience = { interval: 200, timeout: 40_000 }

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let node: StartedNode
const agents: AsyncDisposable[] = []

const data = (): string => join(folder.path, 'node')
const run = (...words: readonly string[]): Promise<Ended> => flotilla(['vm', ...withData(words)])

/** Before what belongs to another program. */
function withData(words: readonly string[]): readonly string[] {
  const end = words.indexOf('--')
  const at = end === -1 ? words.length : end
  return [...words.slice(0, at), '--data', data(), ...words.slice(at)]
}

async function vm(name: string): Promise<ListedVm | undefined> {
  const { stdout } = await run('ls', '--json')
  return (JSON.parse(stdout) as ListedVms).vms.find((each) => each.vm === name)
}

/** Nothing that it is asked for in these tests changes anything on this machine. */
function startAgent(name: string, ...flags: readonly string[]): AsyncDisposable {
  const own = ['--device', `listen:${join(folder.path, 'vms', `${name}.sock`)}`, '--qga-device', 'none']
  const more = ['--audit-folder', join(folder.path, `audit-${name}`), '--metrics-interval-ms', '1000', ...flags]
  const child = spawn(process.execPath, [agentProgram, '--config', '/dev/null', ...own, ...more], { stdio: 'ignore' })
  const ended = once(child, 'exit')
  return {
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      await ended
    },
  }
}

beforeAll(async () => {
  folder = await temporaryFolder()
  await mkdir(join(folder.path, 'vms'))
  await mkdir(join(folder.path, 'shown'))
  await writeFile(join(folder.path, 'shown', 'a.txt'), 'x'.repeat(300_000))
  node = await startNode(data(), 'itself', ['--no-beacons', '--vm-channels', `${folder.path}/vms/{vm}.sock`])
  const key = (JSON.parse((await run('key', '--json')).stdout) as { readonly publicKey: string }).publicKey
  await mkdir(join(folder.path, 'taken'))
  const shown = ['--folder', join(folder.path, 'shown'), '--writable-folder', join(folder.path, 'taken')]
  agents.push(startAgent('web', '--allow-unsafe', '--trusted-key', key, ...shown), startAgent('strict'))
  const met = async (): Promise<void> => {
    for (const name of ['web', 'strict']) if ((await vm(name))?.state !== 'there') throw new Error(`${name} is not met`)
  }
  await vi.waitFor(met, patience)
}, 90_000)

afterAll(async () => {
  for (const agent of agents) await agent[Symbol.asyncDispose]()
  await node[Symbol.asyncDispose]()
  await folder[Symbol.asyncDispose]()
})

test('ls, info, top and metrics tell how it is', async () => {
  const listed = await run('ls')
  expect(listed).toMatchObject({ code: 0, stderr: '' })
  expect(listed.stdout).toMatch(/web +\S+ +there +flotilla 0\.1\.0/)
  await expect.poll(async () => (await vm('web'))?.figures['memoryTotalBytes'], patience).toBeGreaterThan(0)
  expect((await run('top', '--once')).stdout).toContain('web')
  expect((await run('info', 'web')).stdout).toContain('unsafe.exec')
  expect((await run('info', 'strict')).stdout).not.toContain('unsafe.exec')
  const metrics = await run('metrics', 'web', '--json')
  expect(JSON.parse(metrics.stdout)).toMatchObject({ newest: { system: { problems: expect.anything() as unknown } } })
  expect((await run('metrics', 'web')).stdout).toContain('when')
  expect((await run('metrics', 'web', '--fresh')).stdout).toContain('bootId')
  const nobody = await run('metrics', 'nobody')
  expect(nobody).toMatchObject({ code: 1, stderr: expect.stringContaining('flotilla vm ls') as unknown })
})

test('exec and shell give back what was said and how it ended, as it was', async () => {
  const script = 'printf "a\\377b"; echo c >&2; exit 7'
  const ended = await run('exec', 'web', '--', 'sh', '-c', script)
  expect(ended).toMatchObject({ code: 7, stderr: 'c\n' })
  expect(ended.stdout).toBe('a�b')
  expect(await run('shell', 'web', 'echo one; exit 3')).toMatchObject({ code: 3, stdout: 'one\n' })
  expect(await run('exec', 'web', '--', 'sh', '-c', 'kill -9 $$')).toMatchObject({ code: 137 })
  const said = await run('exec', 'web', '--json', '--', 'echo', 'hello')
  expect(JSON.parse(said.stdout)).toMatchObject({ exitCode: 0, stdout: 'hello\n', signal: null })
  const lines = await flotilla(['vm', 'shell', 'web', '--data', data()], {}, 'echo 1\necho 2; exit 4\n')
  expect(lines).toMatchObject({ code: 4, stdout: '1\n2\n' })
})

test('what is not run says why, each way with its own code', async () => {
  const refused = await run('exec', 'strict', '--', 'true')
  expect(refused).toMatchObject({ code: 125, stdout: '' })
  expect(refused.stderr).toContain('allow-unsafe')
  expect(await run('exec', 'web', '--', 'no-such-program-here')).toMatchObject({ code: 127 })
  expect(await run('exec', 'web', '--timeout', '1s', '--', 'sleep', '60')).toMatchObject({ code: 124 })
  expect(await run('exec', 'nobody', '--', 'true')).toMatchObject({ code: 1 })
  expect(await run('exec', 'web')).toMatchObject({ code: 2 })
  expect(await run('exec', 'web', '--timeout', 'soon', '--', 'true')).toMatchObject({ code: 2 })
  expect(await run('services', 'web', 'explode', 'x')).toMatchObject({ code: 2 })
  expect(await run('packages', 'web', 'install')).toMatchObject({ code: 2 })
  expect(await run('power', 'web', 'explode')).toMatchObject({ code: 2 })
  expect(await run('ps', 'web', '--limit', '0')).toMatchObject({ code: 2 })
})

test('processes of it, alone and beside those of machines; one of them is ended, and it is written down', async () => {
  const child = spawn('sleep', ['4711'])
  const pid = String(child.pid)
  const found = await run('ps', 'web', '4711', '--sort', 'pid')
  expect(found.stdout).toContain(pid)
  const all = await flotilla(['ps', '--vms', '--filter', `pid=${pid}`, '--json', '--data', data()])
  const { processes } = JSON.parse(all.stdout) as { readonly processes: readonly { readonly vm: string | null }[] }
  expect(new Set(processes.map((each) => each.vm))).toEqual(new Set(['strict', 'web', null]))
  const ended = once(child, 'exit')
  expect(await run('kill', 'web', pid, '--signal', 'kill')).toMatchObject({ code: 0 })
  expect(await ended).toEqual([null, 'SIGKILL'])
  expect(await run('kill', 'web', pid)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('no process') as unknown,
  })
  const audit = await flotilla(['audit', 'show', '--data', data()])
  expect(audit.stdout).toContain('vm.process.kill')
  expect(audit.stdout).toContain('vm web')
  expect(audit.stdout).not.toContain('vm.process.list')
})

test('files that it may show, piece by piece', async () => {
  const shown = join(folder.path, 'shown')
  expect((await run('files', 'web', shown)).stdout).toContain('a.txt')
  expect((await run('read', 'web', join(shown, 'a.txt'))).stdout.length).toBe(300_000)
  expect(await run('read', 'web', '/etc/hostname')).toMatchObject({ code: 125 })
  expect(await run('read', 'strict', join(shown, 'a.txt'))).toMatchObject({ code: 125 })
})

test('files are written whole, in one piece or in many, or not at all', async () => {
  const taken = join(folder.path, 'taken')
  const write = (input: string, ...words: readonly string[]): Promise<Ended> =>
    flotilla(['vm', 'write', 'web', ...words, '--data', data()], {}, input)
  expect(await write('', join(taken, 'empty'))).toMatchObject({ code: 0 })
  const [small, large] = [join(taken, 'small'), join(taken, 'large')]
  expect(await write('one', small)).toMatchObject({ code: 0, stdout: expect.stringContaining('3 bytes') as unknown })
  expect(await write('two', small)).toMatchObject({ code: 1, stderr: expect.stringContaining('--replace') as unknown })
  expect(await write('two', small, '--replace')).toMatchObject({ code: 0 })
  const content = Array.from({ length: 100_000 }, (_, index) => `line ${index}\n`).join('')
  expect(await write(content, large)).toMatchObject({ code: 0 })
  expect(await write(content, large)).toMatchObject({ code: 1 })
  expect(await write(content, join(folder.path, 'shown', 'b'))).toMatchObject({ code: 125 })
  expect(await readFile(small, 'utf8')).toBe('two')
  expect((await readFile(large, 'utf8')) === content).toBe(true)
  expect((await readdir(taken)).toSorted()).toEqual(['empty', 'large', 'small'])
})

test('a program reads what it is given, all of it, and none of it where it is too much', async () => {
  const exec = (input: string): Promise<Ended> =>
    flotilla(['vm', 'exec', 'web', '--input', '--data', data(), '--', 'wc', '-c'], {}, input)
  expect(await exec('x'.repeat(524_288))).toMatchObject({ code: 0, stdout: '524288\n' })
  expect(await exec('x'.repeat(524_289))).toMatchObject({
    code: 125,
    stdout: '',
    stderr: expect.stringContaining('vm write') as unknown,
  })
  const line = await flotilla(['vm', 'shell', 'web', 'tr a b', '--input', '--data', data()], {}, 'aha')
  expect(line).toMatchObject({ code: 0, stdout: 'bhb' })
})

test('who is killed while it waits takes the order back', async () => {
  const mark = `48${Date.now()}`
  const running = startFlotilla(['vm', 'exec', 'web', '--data', data(), '--', 'sleep', mark])
  const isThere = async (): Promise<boolean> => (await run('ps', 'web', mark)).stdout.includes(`sleep ${mark}`)
  await expect.poll(isThere, patience).toBe(true)
  running.child.kill('SIGKILL')
  await expect.poll(isThere, patience).toBe(false)
})

test('an agent that ends is silent or away, and the order says that nothing was done', async () => {
  await agents.pop()?.[Symbol.asyncDispose]()
  await expect.poll(async () => (await vm('strict'))?.state ?? 'gone', patience).not.toBe('there')
  const said = await run('exec', 'strict', '--', 'true')
  expect([1, 125]).toContain(said.code)
})
