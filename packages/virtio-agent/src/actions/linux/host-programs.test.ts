import { expect, test } from 'vitest'
import { QgaRefusal } from '../../qga/contract.ts'
import { HostPrograms } from './host-programs.ts'
import { ScriptedRunner, type ScriptedAnswer } from './testing/scripted-runner.ts'

const program = { path: 'x', arguments: [], capture: 'separated' as const }
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0))

function programsOf(
  runner: ScriptedRunner,
  more: { programsMax?: number; outputsBytesMax?: number } = {},
): HostPrograms {
  const signalNumber = (name: string): number | undefined => (name === 'SIGKILL' ? 9 : undefined)
  return new HostPrograms({ runner, programsMax: 3, outputBytesMax: 10, outputsBytesMax: 8, ...more, signalNumber })
}

test('an outcome is kept until it is asked for, and then forgotten', async () => {
  const programs = programsOf(new ScriptedRunner(() => ({ exitCode: 3, said: 'out', complaint: 'err' })))
  const pid = await programs.start(program)
  await settled()
  expect(programs.status(pid)).toMatchObject({ isExited: true, exitCode: 3, isStdoutCut: false })
  expect(programs.status(pid)).toBeUndefined()
  expect(programs.status(1)).toBeUndefined()
})

test('a signal is told by its number', async () => {
  const programs = programsOf(new ScriptedRunner(() => ({ signal: 'SIGKILL' })))
  const pid = await programs.start(program)
  await settled()
  expect(programs.status(pid)).toMatchObject({ isExited: true, signal: 9 })
})

test('of too many the oldest that has ended is forgotten; those that run are not', async () => {
  const first = Promise.withResolvers<ScriptedAnswer>()
  const answers = [first.promise, Promise.resolve({}), new Promise<ScriptedAnswer>(() => {})]
  const runner = new ScriptedRunner(() => answers.shift() ?? new Promise<ScriptedAnswer>(() => {}))
  const programs = programsOf(runner)
  const pids = [await programs.start(program), await programs.start(program), await programs.start(program)]
  await settled()
  pids.push(await programs.start(program))
  expect(pids.map((pid) => programs.status(pid)?.isExited)).toEqual([false, undefined, false, false])
  await expect(programs.start(program)).rejects.toThrow(/3 programs run already/)
  first.resolve({})
  await settled()
  pids.push(await programs.start(program))
  expect(programs.status(pids[0] ?? 0)).toBeUndefined()
})

test('what many have written is kept within a limit, the newest first', async () => {
  const programs = programsOf(new ScriptedRunner(() => ({ said: '12345' })))
  const pids = [await programs.start(program), await programs.start(program)]
  await settled()
  expect(pids.map((pid) => programs.status(pid) !== undefined)).toEqual([false, true])
})

test('what cannot be run is refused in words', async () => {
  const programs = programsOf(new ScriptedRunner(() => undefined))
  await expect(programs.start(program)).rejects.toThrow(QgaRefusal)
  await expect(programs.start(program)).rejects.toThrow(/there is no program x/)
})

test('disposing ends what runs', async () => {
  const runner = new ScriptedRunner(() => new Promise<ScriptedAnswer>(() => {}))
  const programs = programsOf(runner)
  const pid = await programs.start(program)
  programs[Symbol.dispose]()
  expect(programs.status(pid)).toBeUndefined()
  expect(runner.programs[0]).toMatchObject({ leavesOthers: true, outputBytesMax: 10 })
})
