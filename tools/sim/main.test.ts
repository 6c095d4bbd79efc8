import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'

interface Ending {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

function sim(...words: string[]): Promise<Ending> {
  return new Promise((resolve) => {
    execFile(process.execPath, [join(import.meta.dirname, 'main.ts'), ...words], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr })
    })
  })
}

test('a suite that holds exits with 0 and says how much life it has seen', async () => {
  const { code, stdout } = await sim('quorum-register', '--seeds', '1..3', '--twice')
  expect({ code, stdout }).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^held +quorum-register +3 seeds/) as string,
  })
})

test('a failure exits with 1 and prints all that one needs to see it again', async () => {
  const { code, stdout } = await sim('primary-backup', '--seeds', '1..12')
  expect(code).toBe(1)
  const [, seed] = /^FAILED {2}primary-backup, seed (\d+), commit \S+/.exec(stdout) ?? []
  expect(stdout).toContain('All answers are those of one register that does one thing at a time.')
  expect(stdout).toContain('last events:')
  expect(stdout).toContain(`again: pnpm sim primary-backup --seed ${seed} --trace`)
  const again = await sim('primary-backup', '--seed', String(seed), '--trace')
  const oncemore = await sim('primary-backup', '--seed', String(seed), '--trace')
  expect(again).toEqual(oncemore)
  expect(again.code).toBe(1)
  expect(again.stdout).toMatch(/\ntrace [0-9a-f]{16}, \d+ events/)
})

test('--json is one document a line: the failures, then the suite', async () => {
  const { stdout } = await sim('primary-backup', '--seeds', '1..12', '--json')
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string; failures?: number })
  expect(lines.at(-1)).toMatchObject({ type: 'suite', suite: 'primary-backup' })
  expect(lines.filter(({ type }) => type === 'failure')).toHaveLength(lines.at(-1)?.failures ?? -1)
  expect(lines[0]).toMatchObject({ type: 'failure', violation: { sentence: expect.any(String) as string } })
})

test('--usual lives as many seeds as the suite says', async () => {
  const { stdout } = await sim('quorum-register', '--usual', '--json')
  expect(JSON.parse(stdout)).toMatchObject({ seeds: 50 })
})

test('time can be the bound instead of seeds', async () => {
  const { code, stdout } = await sim('quorum-register', '--minutes', '0.0001', '--json')
  expect(code).toBe(0)
  expect((JSON.parse(stdout) as { seeds: number }).seeds).toBeGreaterThan(0)
})

test('a wrong command exits with 2 and says what is wrong', async () => {
  expect(await sim('nothing')).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('no suite nothing') as string,
  })
  expect((await sim('--help')).stdout).toContain('pnpm sim SUITE --seeds A..B')
  expect((await sim('--list')).stdout).toMatch(/^primary-backup +A naive replicated register/m)
})
