import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { FrozenFile } from './node-frozen-record.ts'
import { nodeHostFiles } from './node-host-files.ts'
import { openLinuxSystem } from './node-linux-system.ts'
import { nodeMachineFiles } from './node-machine-files.ts'
import { nodeMountSpace } from './node-mount-space.ts'
import { ScriptedRunner } from './testing/scripted-runner.ts'

let folder = ''
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'linux-system-'))))
afterEach(() => rmSync(folder, { recursive: true }))

function plant(path: string, text: string): void {
  mkdirSync(join(folder, path, '..'), { recursive: true })
  writeFileSync(join(folder, path), text)
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (read: Uint8Array): string => new TextDecoder().decode(read)

describe('files of the machine', () => {
  test('below a root: read up to the limit, listed, followed, and written only where they are', async () => {
    plant('proc/stat', 'x'.repeat(100))
    plant('sys/devices/pci/vda/size', '7\n')
    mkdirSync(join(folder, 'sys/block'))
    symlinkSync('../devices/pci/vda', join(folder, 'sys/block/vda'))
    symlinkSync('/etc', join(folder, 'sys/block/out'))
    const files = nodeMachineFiles(folder, 10)
    expect(await files.text('/proc/stat')).toBe('x'.repeat(10))
    expect(await files.text('/proc/none')).toBeUndefined()
    expect(await files.text('/proc')).toBeUndefined()
    expect(await files.names('/sys/block/vda')).toEqual(['size'])
    expect(await files.names('/sys/none')).toEqual([])
    expect(await files.real('/sys/block/vda')).toBe('/sys/devices/pci/vda')
    expect([await files.real('/sys/block/out'), await files.real('/sys/none')]).toEqual([undefined, undefined])
    await files.write('/sys/block/vda/size', '8\n')
    expect(await files.text('/sys/devices/pci/vda/size')).toBe('8\n')
    await expect(files.write('/sys/new', 'x')).rejects.toThrow(/ENOENT/)
  })

  test('a system over a recorded tree', async () => {
    plant('proc/sys/kernel/hostname', 'vm7\n')
    plant('proc/loadavg', '0.50 0.25 0.12 1/2 3\n')
    plant('etc/os-release', 'ID=tree\n')
    const runner = new ScriptedRunner(() => undefined)
    const policy = { files: false, exec: false }
    await using system = await openLinuxSystem({ runner, policy, stateFolder: join(folder, 'state'), root: folder })
    expect(await system.hostName?.()).toBe('vm7')
    expect(await system.load?.()).toEqual([0.5, 0.25, 0.12])
    expect(await system.osInfo?.()).toMatchObject({ id: 'tree' })
    expect(await system.disks?.()).toEqual([])
    await expect(system.cpuStatistics?.()).rejects.toThrow('/proc/stat of this guest cannot be read')
    for (const absent of ['files', 'programs', 'vcpus', 'memoryBlocks', 'suspend'])
      expect(system).not.toHaveProperty(absent)
    await expect(system.sshKeys?.get('nobody')).rejects.toThrow(/no user "nobody"/)
  })
})

describe('space of mounts', () => {
  test('of a path that is there, and of one that is not', async () => {
    const ask = nodeMountSpace('', 5_000)
    const space = await ask('/')
    expect(space?.totalBytes).toBeGreaterThan(space?.freeBytes ?? Infinity)
    expect(await ask('/no/such/place')).toBeUndefined()
  })
})

describe('the record of what is frozen', () => {
  test('is of one boot, and gone when it is removed', async () => {
    const state = join(folder, 'state')
    const record = new FrozenFile(state, 'boot-1')
    expect(record.read()).toEqual([])
    await record.write(['/', '/data'])
    expect(new FrozenFile(state, 'boot-1').read()).toEqual(['/', '/data'])
    expect(new FrozenFile(state, 'boot-2').read()).toEqual([])
    await record.remove()
    expect(record.read()).toEqual([])
    await record.remove()
  })

  test.each(['', '{', '[]', 'null', '{"bootId":"b","mounts":3}', '{"bootId":"b","mounts":[1]}'])(
    'what is no record, as %j, says that nothing is frozen',
    (written) => {
      plant('frozen.json', written)
      expect(new FrozenFile(folder, 'b').read()).toEqual([])
    },
  )
})

describe('files for the host', () => {
  const at = (name: string): string => join(folder, name)

  test('are written, sought in, and read; the end is met by reading over it', async () => {
    await using file = await nodeHostFiles.open(at('new'), 'w+')
    expect(await file.write(bytes('hello world'))).toBe(11)
    await file.flush()
    expect(await file.seek(-5, 'end')).toEqual({ position: 6, isAtEnd: false })
    const first = await file.read(5)
    expect([text(first.bytes), first.isAtEnd]).toEqual(['world', false])
    const second = await file.read(5)
    expect([text(second.bytes), second.isAtEnd]).toEqual(['', true])
    await file.seek(0, 'set')
    await file.seek(1, 'cur')
    expect(text((await file.read(100)).bytes)).toBe('ello world')
    await expect(file.seek(-100, 'cur')).rejects.toThrow(/invalid argument/)
    // A hole is made by writing behind the end.
    await file.seek(20, 'set')
    await file.write(bytes('!'))
    expect(statSync(at('new')).size).toBe(21)
  })

  test('a file that is there: r+ keeps it, w empties it, a goes to its end', async () => {
    plant('old', 'abc')
    for (const [mode, expected] of [
      ['r+', 'Xbc'],
      ['a', 'XbcX'],
      ['w', 'X'],
    ] as const) {
      await using file = await nodeHostFiles.open(at('old'), mode)
      await file.write(bytes('X'))
      await using reading = await nodeHostFiles.open(at('old'), 'r')
      expect(text((await reading.read(100)).bytes)).toBe(expected)
    }
  })

  test('a file of the kernel, whose size is 0, and a large one in pieces', async () => {
    await using kernel = await nodeHostFiles.open('/proc/self/mountinfo', 'r')
    expect((await kernel.read(65_536)).bytes.length).toBeGreaterThan(10)
    plant('large', 'x'.repeat(200_000))
    await using large = await nodeHostFiles.open(at('large'), 'r')
    expect((await large.read(150_000)).bytes.length).toBe(150_000)
    expect(await large.read(150_000)).toMatchObject({ isAtEnd: true })
  })

  test('a pipe with nobody at its other end keeps nobody waiting', async () => {
    execFileSync('mkfifo', [at('pipe')])
    await expect(nodeHostFiles.open(at('pipe'), 'w')).rejects.toThrow(/failed to open file/)
    await using pipe = await nodeHostFiles.open(at('pipe'), 'r')
    expect(await pipe.read(10)).toMatchObject({ isAtEnd: true })
    await expect(pipe.seek(0, 'set')).rejects.toThrow(/illegal seek/)
  })

  test.each([
    ['none', 'r', 'no such file or directory'],
    ['', 'r', 'is a directory'],
    ['none/none', 'w', 'no such file or directory'],
    ['x\0y', 'r', 'no such file or directory'],
  ])('%j is refused in words', async (name, mode, words) => {
    await expect(nodeHostFiles.open(at(name), mode)).rejects.toThrow(words)
  })

  test('what was opened to be read is not written', async () => {
    plant('old', 'abc')
    await using file = await nodeHostFiles.open(at('old'), 'r')
    await expect(file.write(bytes('x'))).rejects.toThrow(/failed to write to file: bad file descriptor/)
    await using other = await nodeHostFiles.open(at('old'), 'a')
    await expect(other.read(1)).rejects.toThrow(/failed to read file/)
  })
})
