import { expect, test } from 'vitest'
import { FakeHouse, type Running } from './fake-house.ts'
import { newSignals } from './launch.mjs'

/** Stands in for the node: tells each signal that it gets, and ends at SIGTERM. */
const app = `
  const seen: string[] = []
  process.on('SIGINT', () => console.log('interrupted', seen.push('SIGINT')))
  process.on('SIGTERM', () => {
    console.log('closed by', [...seen, 'SIGTERM'].join())
    process.exit(3)
  })
  console.log('ready', process.argv.slice(2).join())
  setInterval(() => {}, 1_000)
`

async function started(house: FakeHouse, args: readonly string[] = []): Promise<Running> {
  for (const name of ['node', 'cli']) {
    house.write(`apps/${name}/package.json`, '{"type":"module"}')
    house.write(`apps/${name}/src/main.ts`, app.replace('ready', `ready ${name}`))
  }
  const running = house.start(['start', ...args])
  await running.shows('ready')
  return running
}

test('start passes arguments and the exit code on', async () => {
  using house = new FakeHouse()
  const running = await started(house, ['--port', '1'])
  running.child.kill('SIGTERM')
  expect(await running.ended).toMatchObject({ code: 3, stdout: 'ready cli demo,--port,1\nclosed by SIGTERM\n' })
})

test('start --one runs a single node with what comes after it', async () => {
  using house = new FakeHouse()
  const running = await started(house, ['--one', '--port', '1'])
  running.child.kill('SIGTERM')
  expect(await running.ended).toMatchObject({ code: 3, stdout: 'ready node --port,1\nclosed by SIGTERM\n' })
})

test('a Ctrl-C that npm repeats reaches the program once', async () => {
  using house = new FakeHouse()
  const running = await started(house)
  running.child.kill('SIGINT')
  running.child.kill('SIGINT')
  await running.shows('interrupted 1')
  running.child.kill('SIGTERM')
  expect((await running.ended).stdout).toBe('ready cli demo\ninterrupted 1\nclosed by SIGINT,SIGTERM\n')
})

test('a second Ctrl-C of a person is another one, and so is another signal', () => {
  const isNew = newSignals()
  const heard = ([0, 5, 300, 1_000, 1_010] as const).map((nowMs) => isNew('SIGINT', nowMs))
  expect(heard).toEqual([true, false, false, true, false])
  expect(isNew('SIGTERM', 1_010)).toBe(true)
})

test('a Ctrl-C that the terminal sends to everybody reaches the program once', async () => {
  using house = new FakeHouse()
  const running = await started(house)
  process.kill(-(running.child.pid ?? Number.NaN), 'SIGINT')
  await running.shows('interrupted 1')
  running.child.kill('SIGTERM')
  expect((await running.ended).stdout).toBe('ready cli demo\ninterrupted 1\nclosed by SIGINT,SIGTERM\n')
})

test('a launcher that is killed hard leaves no node behind', async () => {
  using house = new FakeHouse()
  const running = await started(house)
  running.child.kill('SIGKILL')
  // The pipe that the node inherited closes only when the node is gone.
  expect(await running.ended).toMatchObject({ code: null, stdout: 'ready cli demo\nclosed by SIGTERM\n' })
})

test('a command builds nothing, unless it starts a node', async () => {
  using house = new FakeHouse()
  const build = "import { mkdirSync, writeFileSync } from 'node:fs'\nmkdirSync('apps/dashboard/dist')\n"
  house.write('apps/dashboard/package.json', '{"type":"module"}')
  house.write('apps/dashboard/build.ts', `${build}writeFileSync('apps/dashboard/dist/page', '')\nconsole.log('built')`)
  house.write('apps/cli/package.json', '{"type":"module"}')
  house.write(
    'apps/cli/src/main.ts',
    "import { existsSync } from 'node:fs'\nconsole.log(existsSync('apps/dashboard/dist'))",
  )
  expect(await house.run(['flotilla', 'status'])).toMatchObject({ code: 0, stdout: 'false\n' })
  expect(await house.run(['flotilla', '--json', 'up'])).toMatchObject({ code: 0, stdout: 'true\n' })
})

test('an entry that is missing is named', async () => {
  using house = new FakeHouse()
  const { code, stderr } = await house.run(['flotilla', 'ps'])
  expect(code).toBe(1)
  expect(stderr).toContain('apps/cli/src/main.ts is not in this checkout.')
})
