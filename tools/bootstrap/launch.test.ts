import { expect, test } from 'vitest'
import { FakeHouse, type Running } from './fake-house.ts'

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
  house.write('apps/node/package.json', '{"type":"module"}')
  house.write('apps/node/src/main.ts', app)
  const running = house.start(['start', ...args])
  await running.shows('ready')
  return running
}

test('start passes arguments and the exit code on', async () => {
  using house = new FakeHouse()
  const running = await started(house, ['--port', '1'])
  running.child.kill('SIGTERM')
  expect(await running.ended).toMatchObject({ code: 3, stdout: 'ready --port,1\nclosed by SIGTERM\n' })
})

test('a Ctrl-C that npm repeats reaches the node once', async () => {
  using house = new FakeHouse()
  const running = await started(house)
  running.child.kill('SIGINT')
  await running.shows('interrupted 1')
  running.child.kill('SIGINT')
  running.child.kill('SIGTERM')
  expect((await running.ended).stdout).toBe('ready \ninterrupted 1\nclosed by SIGINT,SIGTERM\n')
})

test('a Ctrl-C that the terminal sends to everybody reaches the node once', async () => {
  using house = new FakeHouse()
  const running = await started(house)
  process.kill(-(running.child.pid ?? Number.NaN), 'SIGINT')
  await running.shows('interrupted 1')
  running.child.kill('SIGTERM')
  expect((await running.ended).stdout).toBe('ready \ninterrupted 1\nclosed by SIGINT,SIGTERM\n')
})

test('a launcher that is killed hard leaves no node behind', async () => {
  using house = new FakeHouse()
  const running = await started(house)
  running.child.kill('SIGKILL')
  // The pipe that the node inherited closes only when the node is gone.
  expect(await running.ended).toMatchObject({ code: null, stdout: 'ready \nclosed by SIGTERM\n' })
})

test('an entry that is missing is named', async () => {
  using house = new FakeHouse()
  const { code, stderr } = await house.run(['flotilla', 'ps'])
  expect(code).toBe(1)
  expect(stderr).toContain('apps/cli/src/main.ts is not in this checkout.')
})
