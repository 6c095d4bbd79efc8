import { execFile, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findBenches } from './benches.ts'

const root = join(import.meta.dirname, '../..')

interface Ending {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  /** What it made on the disk and did not remove. */
  readonly left: boolean
}

/** Far longer than it takes; nothing may go on in the background of a test that hangs. */
const runMsMax = 400_000

/** The first of the two to end is the one that stops what it started. */
const hangsAfterMs = runMsMax + 60_000

function bench(words: readonly string[], watch: (child: ChildProcess) => void = () => {}): Promise<Ending> {
  return new Promise((resolve) => {
    const command = [join(import.meta.dirname, 'main.ts'), ...words]
    const child = execFile(process.execPath, command, { timeout: runMsMax }, (error, stdout, stderr) => {
      const left = existsSync(join(root, 'node_modules', `.bench-${child.pid}`))
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr, left })
    })
    watch(child)
  })
}

test(
  'everything runs, so that no bench rots: each figure and each curve has its lines',
  { timeout: hangsAfterMs },
  async () => {
    const { code, stdout, stderr, left } = await bench(['all', '--quick', '--json'])
    expect({ code, stderr, left }).toMatchObject({ code: 0, left: false })
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Readonly<Record<'bench' | 'metric' | 'curve', string>>)
    const measured = new Set(lines.map((line) => `${line.bench}: ${line.metric ?? line.curve}`))
    const wanted = (await findBenches(root)).flatMap(({ name, figures, durations = [], curves = [] }) =>
      [...figures, ...durations, ...curves].map(({ metric }) => `${name}: ${metric}`),
    )
    expect([...measured].toSorted()).toEqual(wanted.toSorted())
  },
)

test('interrupted in the midst of it, it stops and removes everything', async () => {
  const { code, stderr, left } = await bench(['all', '--rounds', '1'], (child) => {
    child.stdout?.once('data', () => child.kill('SIGINT'))
  })
  expect({ code, stderr, left }).toMatchObject({ code: 130, left: false })
  expect(stderr).toContain('interrupted')
})

test('the list names every bench', async () => {
  const { code, stdout } = await bench(['--list'])
  expect(code).toBe(0)
  for (const { name } of await findBenches(root)) expect(stdout).toContain(`${name} `)
})

test('a wrong command exits with 2 and says what is wrong', async () => {
  const { code, stderr } = await bench(['nonsense'])
  expect(code).toBe(2)
  expect(stderr).toMatch(/^bench: there is no bench nonsense; there are .*\n\nMeasures/)
})
