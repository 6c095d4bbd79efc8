import { readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { FakeHouse, type Trouble } from './fake-house.ts'

const closedRegistry = { npm_config_registry: 'http://127.0.0.1:1/' }
const trouble = (kind: Trouble): Record<string, string> => ({ FAKE_TROUBLE: kind })

function expectComplete(house: FakeHouse): void {
  expect(readdirSync(join(house.root, '.tools')).filter((name) => /partial|lock/.test(name))).toEqual([])
  expect(readlinkSync(join(house.root, '.tools', 'bin', 'node'))).toContain('.tools')
  expect(readlinkSync(join(house.root, '.tools', 'bin', 'pnpm'))).toContain('.tools')
}

test('the first run obtains Node, pnpm and the packages by their pinned hashes', async () => {
  using house = new FakeHouse()
  const { code, stdout, stderr } = await house.run(['setup'])
  expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
  expect(stderr).toMatch(
    /^\[1\] Node .*\n {4}done in .* s\n\[2\] pnpm .*\n {4}done .*\n\[3\] The packages .*\n {4}done/,
  )
  expectComplete(house)
  const [node, pnpm, install] = house.calls()
  expect(node).toMatch(/^npm ci node-.* sha512-$/)
  expect(pnpm).toMatch(/^npm ci @pnpm\/exe\..* sha512-$/)
  expect(install).toBe('pnpm install --frozen-lockfile --prefer-offline http://registry.test/')
})

test('the second run calls nothing and needs no network', async () => {
  using house = new FakeHouse()
  await house.run(['setup'])
  const before = house.calls()
  expect(await house.run(['setup'], closedRegistry)).toEqual({ code: 0, stdout: '', stderr: '' })
  expect(house.calls()).toEqual(before)
})

test.each(['pnpm-lock.yaml', 'packages/raft/package.json'])(
  'a change of %s installs again, and only that',
  async (path) => {
    using house = new FakeHouse()
    await house.run(['setup'])
    const before = house.calls()
    house.write(path, '{"dependencies":{"new":"1"}}')
    expect((await house.run(['setup'])).code).toBe(0)
    expect(house.calls().slice(before.length)).toEqual([expect.stringMatching(/^pnpm install/)])
  },
)

test.each(['node_modules', 'packages/raft/node_modules'])('deleting %s installs again', async (path) => {
  using house = new FakeHouse()
  await house.run(['setup'])
  const before = house.calls()
  house.remove(path)
  await house.run(['setup'])
  expect(house.calls().length).toBe(before.length + 1)
})

const hangs = [
  ['npm-hangs', 'npm ci'],
  ['pnpm-hangs', 'pnpm install'],
] as const

test.each(hangs)('a run killed while %s heals', async (kind, call) => {
  using house = new FakeHouse()
  const running = house.start(['setup'], trouble(kind))
  await house.called(call)
  running.child.kill('SIGKILL')
  await running.exited
  house.endHanging()
  expect((await house.run(['setup'])).code).toBe(0)
  expectComplete(house)
})

test('a killed installation is not taken for the one before it, even where the lock file goes back', async () => {
  using house = new FakeHouse()
  await house.run(['setup'])
  house.write('pnpm-lock.yaml', 'another')
  const killed = house.start(['setup'], trouble('pnpm-hangs'))
  await house.called('pnpm install', 2)
  killed.child.kill('SIGKILL')
  await killed.exited
  house.endHanging()
  house.write('pnpm-lock.yaml', 'lockfileVersion: 9')
  await house.run(['setup'])
  expect(house.calls().filter((call) => call.startsWith('pnpm install')).length).toBe(3)
})

test('a run waits for what a killed run has left running', async () => {
  using house = new FakeHouse()
  const killed = house.start(['setup'], trouble('npm-hangs'))
  await house.called('npm ci')
  killed.child.kill('SIGKILL')
  await killed.exited
  const next = house.start(['setup'])
  await next.shows('Another set-up of this checkout is running')
  expect(house.calls().length).toBe(1)
  house.endHanging()
  expect((await next.ended).code).toBe(0)
  expectComplete(house)
})

test.each(['SIGINT', 'SIGTERM'] as const)('%s ends the run and its children in order', async (signal) => {
  using house = new FakeHouse()
  const running = house.start(['setup'], trouble('npm-hangs'))
  await house.called('npm ci')
  running.child.kill(signal)
  const { code, stderr } = await running.ended
  expect(code).toBe(130)
  expect(stderr).toContain('Interrupted; the next run continues from here.')
  expect(readdirSync(join(house.root, '.tools'))).toEqual([])
})

test('two at once do the work once', async () => {
  using house = new FakeHouse()
  const both = await Promise.all([house.run(['setup']), house.run(['setup'])])
  expect(both.map(({ code }) => code)).toEqual([0, 0])
  expect(house.calls().length).toBe(3)
  expectComplete(house)
})

test.each([
  ['npm is not there', {}, 'npm was not found on the PATH.', 'apt-get install npm'],
  ['the registry is out of reach', closedRegistry, 'The npm registry cannot be reached.', 'npm config get registry'],
  ['the program does not run', trouble('npm-delivers-junk'), 'does not run on this machine', 'too old'],
  ['pnpm fails', trouble('pnpm-fails'), 'does not have a package that this repository pins', 'mirror'],
])('when %s it says so, says what to do, and ends with 1', async (what, env, sentence, remedy) => {
  using house = new FakeHouse()
  const withoutNpm = { PATH: join(house.root, 'nowhere') }
  const { code, stderr } = await house.run(['setup'], what === 'npm is not there' ? withoutNpm : env)
  expect(code).toBe(1)
  expect(stderr).toContain(sentence)
  expect(stderr).toContain(remedy)
  expect(stderr).not.toContain('\u001b')
})

test('an unknown command is refused with the list of commands', async () => {
  using house = new FakeHouse()
  const { code, stderr } = await house.run(['strat'])
  expect(code).toBe(1)
  expect(stderr).toContain('"strat" is no command of the set-up.')
  expect(stderr).toContain('npm start')
})
