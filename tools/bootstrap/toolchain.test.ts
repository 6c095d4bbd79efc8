import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { satisfies } from './engine.mjs'
import { thisHouse, type House } from './house.mjs'
import { platformName } from './platform.mjs'
import { pinOf } from './toolchain.mjs'

const house = thisHouse()
const allPins = Object.values(house.pins).flatMap((platforms) => Object.values(platforms))

test('the platform is named as the pins name it', () => {
  expect(platformName({ os: 'linux', cpu: 'x64', libc: 'glibc' })).toBe('linux-x64')
  expect(platformName({ os: 'linux', cpu: 'arm64', libc: 'musl' })).toBe('linux-arm64-musl')
  expect(platformName({ os: 'darwin', cpu: 'arm64', libc: 'glibc' })).toBe('darwin-arm64')
})

test('every pin is exact and has the hash of its content', () => {
  for (const { version, integrity } of allPins) {
    expect(version).toMatch(/^\d+\.\d+\.\d+$/)
    expect(integrity).toMatch(/^sha512-[A-Za-z0-9+/]{86}==$/)
  }
})

test('every pinned Node is new enough for the project', () => {
  const pins = [...Object.values(house.pins.node), ...Object.values(house.pins['newest-node'])]
  expect(pins.filter(({ version }) => !satisfies(version, house.engines))).toEqual([])
})

test('the pinned pnpm is the one that package.json names', () => {
  const { packageManager } = JSON.parse(readFileSync(`${house.root}/package.json`, 'utf8')) as {
    packageManager: string
  }
  expect(`pnpm@${house.pins.pnpm['linux-x64']?.version}`).toBe(packageManager)
})

test('a platform without a build is told by name, with the Node to install by hand', () => {
  const elsewhere: House = { ...house, platform: 'freebsd-x64' }
  expect(() => pinOf(elsewhere, 'node')).toThrow('The npm registry has no ready-made node for freebsd-x64.')
  expect(() => pinOf(elsewhere, 'node')).toThrow(
    expect.objectContaining({ remedy: expect.stringContaining('Install Node 24.11 or newer by hand') as string }),
  )
})

test('the entry can be parsed by a Node that is too old for anything else', () => {
  const entry = readFileSync(new URL('./main.mjs', import.meta.url), 'utf8').replaceAll(/\/\/.*/g, '')
  expect(entry).not.toMatch(/^\s*import\s+[^(]|\?\.|\?\?|^await|#\w|`/m)
})
