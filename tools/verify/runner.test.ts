import { tmpdir } from 'node:os'
import { expect, test } from 'vitest'
import { runSteps } from './runner.ts'
import type { CommandStep } from './steps.ts'
import { count } from './summary.ts'

function step(name: string, ...command: CommandStep['command']): CommandStep {
  return { type: 'command', name, command, proves: '', whenItFails: `Mend ${name}.` }
}

async function run(steps: readonly CommandStep[], signal: AbortSignal = new AbortController().signal) {
  const lines: string[] = []
  const say = (line: string): void => void lines.push(line.replace(/\d+\.\d s/, '0.0 s'))
  const outcomes = await runSteps(steps, { root: tmpdir(), signal, colours: false, say })
  return { lines, outcomes, counts: count(outcomes) }
}

const script = (source: string): CommandStep['command'] => ['node', '-e', source]

test('a step that fails is told at once and in full, and stops no other', async () => {
  const { lines, counts } = await run([
    step('first', ...script('console.log("all is well")')),
    step('second', ...script('console.log("one"); console.error("two"); process.exit(3)')),
    step('third', ...script('')),
  ])
  expect(counts).toEqual({ passed: 2, failed: 1, skipped: 0 })
  expect(lines).toEqual([
    'first …',
    '    passed in 0.0 s',
    'second …',
    expect.stringMatching(/^(one\ntwo|two\none)\n$/),
    '    FAILED in 0.0 s',
    '    Mend second.',
    'third …',
    '    passed in 0.0 s',
  ])
})

test('a program that is not there, or that dies, is a failure', async () => {
  const { lines, counts } = await run([
    step('absent', 'no-such-program'),
    step('dying', ...script('process.kill(process.pid, "SIGKILL")')),
  ])
  expect(counts).toEqual({ passed: 0, failed: 2, skipped: 0 })
  expect(lines.join('\n')).toContain('no-such-program: spawn no-such-program ENOENT')
  expect(lines.join('\n')).toContain('node was killed by SIGKILL')
})

test('steps know what they run on, so that turbo takes no result of another machine for theirs', async () => {
  const { outcomes } = await run([step('env', ...script('console.log(process.env.FLOTILLA_MACHINE, process.env.CI)'))])
  expect(outcomes[0]?.output).toContain(`${process.platform} ${process.arch} ${process.version} without`)
  expect(outcomes[0]?.output).toContain('newest-node true')
})

test('an interruption ends the step that runs, and no further one begins', async () => {
  const interrupt = new AbortController()
  const running = run(
    [step('long', ...script('setInterval(() => {}, 1000)')), step('never', ...script(''))],
    interrupt.signal,
  )
  interrupt.abort()
  expect((await running).outcomes.map((outcome) => outcome.step)).toEqual(['long'])
})
