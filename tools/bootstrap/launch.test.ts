import { expect, test } from 'vitest'
import { FakeHouse, type Running } from './fake-house.ts'

/** Stands in for the node: counts the signals it gets, and closes at the first one as soon as it is told to. */
const app = `
  import { readFileSync } from 'node:fs'
  const seen: string[] = []
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {
    seen.push(signal)
    if (seen.length === 1) setTimeout(() => { console.log('closed by', seen.join()); process.exit(3) }, 200)
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

test('a Ctrl-C that arrives several times reaches the node once, and is waited for', async () => {
  using house = new FakeHouse()
  const running = await started(house)
  running.child.kill('SIGINT')
  running.child.kill('SIGINT')
  running.child.kill('SIGINT')
  expect(await running.ended).toMatchObject({ code: 3, stdout: 'ready \nclosed by SIGINT\n' })
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
