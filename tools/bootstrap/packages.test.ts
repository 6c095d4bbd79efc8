import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { FakeHouse } from './fake-house.ts'
import { thisHouse, type House } from './house.mjs'
import { packagesFingerprint, workspaceFolders, workspaceParents, workspaceSingles } from './packages.mjs'

function at(root: string): House {
  return { ...thisHouse(), root }
}

test.each(['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json', '.npmrc', 'packages/raft/package.json'])(
  'the fingerprint changes with %s',
  (path) => {
    using fake = new FakeHouse()
    const before = packagesFingerprint(at(fake.root))
    expect(packagesFingerprint(at(fake.root))).toBe(before)
    fake.write(path, '{"changed":true}')
    expect(packagesFingerprint(at(fake.root))).not.toBe(before)
  },
)

test('the fingerprint changes with the platform, and when a package comes', () => {
  using fake = new FakeHouse()
  const before = packagesFingerprint(at(fake.root))
  expect(packagesFingerprint({ ...at(fake.root), platform: 'linux-arm64' })).not.toBe(before)
  fake.write('apps/node/package.json', '{}')
  expect(packagesFingerprint(at(fake.root))).not.toBe(before)
})

test('a folder without package.json is no package', () => {
  using fake = new FakeHouse()
  fake.write('packages/notes/readme.txt', '')
  expect(workspaceFolders(fake.root)).toEqual([join(fake.root, 'packages', 'raft')])
})

test('the set-up looks for packages where pnpm does', () => {
  const listed = readFileSync(join(thisHouse().root, 'pnpm-workspace.yaml'), 'utf8').split(/\n\n/)[0]
  const expected = [...workspaceParents.map((parent) => `${parent}/*`), ...workspaceSingles]
  expect(listed).toBe(['packages:', ...expected.map((glob) => `  - ${glob}`)].join('\n'))
})
