import { diskPath, type Disk, type DiskPath } from '@flotilla/core/disk'
import { memoryDisk } from '@flotilla/core/testing'
import { describe, expect, test } from 'vitest'
import { catalogueFile, putRebuiltInPlace, rebuiltFile } from './catalogue-files.ts'

describe('putting a rebuilt catalogue in place', () => {
  test('leaves at no moment a database without what belongs beside it', async () => {
    const seen: unknown[] = []
    for (let renames = 0; renames <= 4; renames++) {
      const disk = memoryDisk().open()
      for (const name of [catalogueFile, rebuiltFile]) {
        for (const companion of ['', '-wal']) await disk.replace(diskPath(`${name}${companion}`), bytesOf(name))
      }
      await putRebuiltInPlace(cutOff(disk, renames)).catch(() => undefined)
      const [database, beside] = [await disk.read(diskPath(catalogueFile)), await disk.read(walOf(catalogueFile))]
      seen.push(database && [textOf(database), beside && textOf(beside)])
    }
    const [old, made] = [catalogueFile, rebuiltFile].map((name) => [name, name])
    expect(seen).toEqual([old, undefined, undefined, undefined, made])
  })
})

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}

function walOf(name: string): DiskPath {
  return diskPath(`${name}-wal`)
}

/** One that renames so many times. */
function cutOff(disk: Disk, renames: number): Disk {
  let left = renames
  return new Proxy(disk, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key)
      if (typeof value !== 'function') return value
      return (...given: unknown[]): unknown => {
        if (key === 'rename' && left-- <= 0) return Promise.reject(new Error('the power is gone'))
        return Reflect.apply(value, target, given)
      }
    },
  })
}
