import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bundleProgram } from '../packing/bundle.ts'
import { makeExecutable } from '../packing/executable.ts'
import { guestAvailability } from './lab/availability.ts'
import { LabGuest } from './lab/lab-guest.ts'
import { LineClient } from './lab/line-client.ts'

const bootMsMax = 300_000
const { isThere, note } = await guestAvailability()

describe.skipIf(!isThere)(`the agent as one executable, in a real guest${note}`, () => {
  let guest: LabGuest
  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'flotilla-executable-'))
    try {
      const program = join(folder, 'flotilla-agent')
      await makeExecutable(await bundleProgram(join(import.meta.dirname, '../src/main.ts')), program)
      guest = await LabGuest.boot({
        // For its libraries; it is taken away before anything runs.
        programs: [{ source: process.execPath, path: 'usr/bin/node' }],
        files: { 'opt/flotilla-agent': await readFile(program) },
        memoryMb: 1_536,
        start: 'rm /usr/bin/node',
        agent: 'exec /opt/flotilla-agent --audit-folder /tmp/audit',
      })
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }, bootMsMax)
  afterAll(() => guest[Symbol.asyncDispose]())

  test('serves its port, with no Node beside it', async () => {
    await using client = await LineClient.open(guest.qgaSocket)
    await client.synchronise()
    expect(await client.ask('guest-get-host-name')).toEqual({ return: { 'host-name': 'flotilla-guest' } })
    expect(await guest.run('which node || echo none')).toContain('none')
    const told = await guest.run('/opt/flotilla-agent --self-check')
    expect(told).toContain('the way to use a device: pipe-handle')
    // On whatever processor: what V8 has made of the script when it was packed is of use.
    expect(told).not.toContain('Warning')
  })
})
