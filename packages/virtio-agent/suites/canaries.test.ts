import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { canaries } from './canaries.ts'
import { suite as guestHost } from './guest-host.sim.ts'
import { suite as guest } from './guest.sim.ts'

const suites = new Set([guest.name, guestHost.name])
const root = join(import.meta.dirname, '..')

test('every canary has its place, once, and somebody to see it', () => {
  const names = canaries.map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  for (const { name, file, find, replace, caughtBy } of canaries) {
    const places = readFileSync(join(root, file), 'utf8').split(find).length - 1
    const watchers = caughtBy.filter((by) => suites.has(by) || existsSync(join(root, by)))
    const changes = replace !== find
    expect({ name, places, watchers, changes }).toEqual({ name, places: 1, watchers: caughtBy, changes: true })
  }
})
