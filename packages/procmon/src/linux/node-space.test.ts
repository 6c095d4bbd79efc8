import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { askLocalSpace, askRemoteSpace } from './node-space.ts'
import { MachineFolder } from './testing/node-machine-folder.ts'

const isElsewhere = process.platform !== 'linux'

/** A program in the place of `stat`. */
function script(folder: MachineFolder, text: string): string {
  const path = join(folder.root, 'program')
  writeFileSync(path, `#!/bin/sh\n${text}\n`)
  chmodSync(path, 0o755)
  return path
}

test.skipIf(isElsewhere)('a thread and a program say the same of a file system', async () => {
  const [local, remote] = await Promise.all([askLocalSpace('/'), askRemoteSpace(20_000)('/')])
  const { bsize, blocks } = statfsSync('/')
  expect(local.totalBytes).toBe(blocks * bsize)
  expect(remote.totalBytes).toBe(local.totalBytes)
  expect(remote.files).toBe(local.files)
  // Others write to it meanwhile.
  expect(Math.abs(remote.freeBytes - local.freeBytes)).toBeLessThan(local.totalBytes / 20)
})

test.skipIf(isElsewhere)('a mount that is not there, and a program that is not, are errors', async () => {
  await expect(askRemoteSpace(20_000)('/not/there')).rejects.toMatchObject({ code: 'failed' })
  await expect(askRemoteSpace(20_000, '/not/there/stat')('/')).rejects.toMatchObject({ code: 'ENOENT' })
})

test.skipIf(isElsewhere)('a program that says nonsense, or far too much, is an error', async () => {
  using folder = new MachineFolder()
  await expect(askRemoteSpace(20_000, script(folder, 'echo hello'))('/')).rejects.toMatchObject({ code: 'failed' })
  const much = script(folder, 'yes "1 2 3 4 5 6" | head -c 1000000')
  await expect(askRemoteSpace(20_000, much)('/')).rejects.toMatchObject({ code: 'failed' })
})

test.skipIf(isElsewhere)('a program that does not answer is killed', async () => {
  using folder = new MachineFolder()
  const ask = askRemoteSpace(100, script(folder, 'exec sleep 1000'))
  await expect(ask('/mnt/x')).rejects.toMatchObject({
    code: 'deadline-exceeded',
    message: '/mnt/x has not answered for 100 ms',
  })
})

test.skipIf(isElsewhere)('who has asked may end before there is an answer', async () => {
  using folder = new MachineFolder()
  const program = script(folder, 'exec sleep 20')
  const asker = join(folder.root, 'asker.ts')
  const module = new URL('node-space.ts', import.meta.url).href
  writeFileSync(
    asker,
    `import { askRemoteSpace } from '${module}'\n` +
      `void askRemoteSpace(15_000, '${program}')('/')\nconsole.log('asked')\n`,
  )
  const child = spawn(process.execPath, [asker], { stdio: ['ignore', 'pipe', 'inherit'] })
  const answers = askRemoteSpace(60_000, script(folder, 'exec sleep 10; exit 1'))('/').catch(() => 'later')
  // It ends by itself, and before the program that it has asked would.
  const [code] = (await Promise.race([once(child, 'exit'), answers])) as unknown[]
  expect(code).toBe(0)
})
