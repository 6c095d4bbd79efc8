import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:net'
import { nodeClock } from '@flotilla/core/time/node'
import { RecordingLogger } from '@flotilla/core/testing'
import { silentMetrics } from '@flotilla/core/observe'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { prepareDataFolder } from '../data-folder.ts'
import { Entrances } from './entrances.ts'

let folder: string
let logger: RecordingLogger

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flotilla-doors-test-'))
  logger = new RecordingLogger()
})
afterEach(() => rm(folder, { recursive: true, force: true }))

function open(socketPath: string | undefined): Promise<Entrances> {
  const place = { host: '127.0.0.1', port: 0, askedAs: undefined, certificate: undefined, socketPath }
  return Entrances.open({ ...place, clock: nodeClock(), metrics: silentMetrics, logger })
}

describe('a node is asked', () => {
  test('by its address and its socket, each told from the other, and what comes early waits', async () => {
    const path = join(folder, 'api.sock')
    await using entrances = await open(path)
    expect([entrances.socketPath, (await stat(path)).mode & 0o777]).toEqual([path, 0o600])
    const early = fetch(`${entrances.url}/early`)
    entrances.serve(async (request, response, port) => void response.end(`${request.url} ${port}`))
    expect(await (await early).text()).toBe(`/early ${entrances.port}`)
    const socket = connect(path)
    socket.setEncoding('utf8').end('GET /local HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
    const parts: unknown[] = await socket.toArray()
    expect(parts.join('')).toContain('/local 0')
  })

  test('by its address alone where there can be no socket', async () => {
    await using entrances = await open(join(folder, 'no/such/folder/api.sock'))
    expect(entrances.socketPath).toBeUndefined()
    expect(logger.entries.at(-1)).toMatchObject({ level: 'warn' })
  })

  test('by nothing where something else is in the place of the socket, which stays there', async () => {
    const path = join(folder, 'api.sock')
    await writeFile(path, 'mine')
    await expect(open(path)).rejects.toMatchObject({ message: expect.stringContaining('no socket') as string })
    expect((await stat(path)).size).toBe(4)
  })
})

test('a failure to answer is said, and ends that connection only', async () => {
  await using entrances = await open(undefined)
  entrances.serve(() => Promise.reject(new Error('broken')))
  await expect(fetch(entrances.url)).rejects.toThrow('fetch failed')
  expect(logger.entries.at(-1)).toMatchObject({ level: 'error', message: 'an answer could not be sent' })
})

test('a folder with a long path has no socket: none fits', async () => {
  const long = join(folder, 'x'.repeat(90))
  expect((await prepareDataFolder(long)).socket).toBeUndefined()
  const { path, socket } = await prepareDataFolder(join(folder, 'short'))
  expect(socket).toBe(join(path, 'api.sock'))
})
