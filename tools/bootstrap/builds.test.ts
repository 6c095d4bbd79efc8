import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { FakeHouse } from './fake-house.ts'

const build = (body: string): string => `import fs from 'node:fs'
fs.mkdirSync('apps/dashboard/dist', { recursive: true })
fs.appendFileSync('apps/dashboard/dist/made', 'x')
${body}`

function houseWithPage(body: string): FakeHouse {
  const house = new FakeHouse()
  house.write('apps/dashboard/build.ts', build(body))
  house.write('apps/dashboard/src/main.ts', 'one')
  return house
}

const timesMade = (house: FakeHouse): number =>
  readFileSync(join(house.root, 'apps/dashboard/dist/made'), 'utf8').length

test('what is built of sources is built once, and again when a source has changed or it is gone', async () => {
  using house = houseWithPage('')
  expect((await house.run(['setup'])).stderr).toContain('The page that a node serves')
  expect((await house.run(['setup'])).stderr).toBe('')
  expect(timesMade(house)).toBe(1)
  house.write('apps/dashboard/src/more/part.ts', 'two')
  await house.run(['setup'])
  expect(timesMade(house)).toBe(2)
  house.remove('apps/dashboard/dist')
  await house.run(['setup'])
  expect(timesMade(house)).toBe(1)
})

test('a build that fails says why, and is tried again the next time', async () => {
  using house = houseWithPage("console.error('a bracket is missing'); process.exit(1)")
  const failed = await house.run(['setup'])
  expect(failed.code).toBe(1)
  expect(failed.stderr).toContain('a bracket is missing')
  house.write('apps/dashboard/build.ts', build(''))
  expect((await house.run(['setup'])).code).toBe(0)
})
