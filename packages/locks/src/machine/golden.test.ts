import { readdir, readFile, writeFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { ScriptRunner } from '../testing/script-runner.ts'
import { lockMachine } from './lock-machine.ts'

const folder = new URL('../../testdata/machine/', import.meta.url)

for (const name of await readdir(folder)) {
  test(`golden script ${name}`, async () => {
    const script = await readFile(new URL(name, folder), 'utf8')
    const played = new ScriptRunner(lockMachine.create()).run(script)
    const isNew = process.env['UPDATE'] === '1'
    if (isNew) await writeFile(new URL(name, folder), played)
    expect(isNew ? script : played).toBe(script)
  })
}
