import { readFile, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { parseNodeId } from '@flotilla/core/ids'
import SqliteDatabase from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { startDaemon, temporaryFolder, type ReadyDaemon } from './testing/daemon-process.ts'

async function modeOf(path: string): Promise<number> {
  return (await stat(path)).mode & 0o777
}

async function historyOf({ origin, token }: ReadyDaemon): Promise<readonly string[]> {
  const response = await fetch(`${origin}/v1/history`, { headers: { authorization: `Bearer ${token}` } })
  const { history } = (await response.json()) as { history: { life: number; type: string }[] }
  return history.map(({ life, type }) => `${life} ${type}`)
}

describe('a node', () => {
  test('keeps its id over a clean stop, and leaves nothing open behind', async () => {
    await using folder = await temporaryFolder()
    await using first = startDaemon(folder.path, '--json', '--name', 'ann')
    const ready = await first.ready()
    const { id, name, origin, dataFolder } = ready
    expect(parseNodeId(id)).toBe(id)
    expect(name).toBe('ann')
    expect(await modeOf(dataFolder)).toBe(0o700)
    expect(await modeOf(join(dataFolder, 'disk/identity.key'))).toBe(0o600)
    expect(await modeOf(join(dataFolder, 'node.sqlite'))).toBe(0o600)
    expect(await modeOf(join(dataFolder, 'access.json'))).toBe(0o600)
    expect(await modeOf(join(dataFolder, 'api.sock'))).toBe(0o600)
    expect(await historyOf(ready)).toEqual(['1 started'])

    const ending = await first.stop()
    expect(ending).toMatchObject({ code: 0, stderr: '' })
    expect(ending.stdout).toContain('{"event":"stopped"}')
    await expect(stat(join(dataFolder, 'access.json'))).rejects.toThrow('ENOENT')
    await expect(stat(join(dataFolder, 'api.sock'))).rejects.toThrow('ENOENT')
    await expect(fetch(origin)).rejects.toThrow('fetch failed')

    await using second = startDaemon(folder.path, '--json')
    const again = await second.ready()
    expect(again.id).toBe(id)
    expect(await historyOf(again)).toEqual(['2 started', '1 stopped', '1 started'])
    // The key of the life before opens nothing any more.
    const headers = { authorization: `Bearer ${ready.token}` }
    expect((await fetch(`${again.origin}/v1/node`, { headers })).status).toBe(401)
  })

  test('prints nothing to a pipe that opens its page, but how to get there', async () => {
    await using folder = await temporaryFolder()
    await using daemon = startDaemon(folder.path)
    while (!((await daemon.nextLine()) ?? 'Ctrl-C').includes('Ctrl-C')) continue
    const { stdout } = await daemon.stop()
    expect(stdout).toMatch(/page {2}http:\/\/127\.0\.0\.1:\d+\n/)
    expect(stdout).toContain('`flotilla open` logs in to the page.')
    expect(stdout).not.toContain('code=')
  })

  test('comes back as the same after a kill -9, and says that it had not stopped cleanly', async () => {
    await using folder = await temporaryFolder()
    await using first = startDaemon(folder.path, '--json')
    const { id } = await first.ready()
    expect((await first.stop('SIGKILL')).signal).toBe('SIGKILL')
    await using second = startDaemon(folder.path, '--json')
    const again = await second.ready()
    expect(again.id).toBe(id)
    expect(again.notes).toContain('The life before ended without a clean stop.')
    expect(await historyOf(again)).toEqual(['2 started', '1 unclean stop', '1 started'])
  })

  test('says to people who it is and what to try next', async () => {
    await using folder = await temporaryFolder()
    await using daemon = startDaemon(folder.path, '--data', folder.path, '--name', 'bob')
    await daemon.ready().catch(() => undefined) // It speaks to people, not JSON; by then it has said all of it.
    const { stdout, code } = await daemon.stop('SIGINT')
    expect(code).toBe(0)
    for (const words of ['Flotilla node bob', 'id    fl1', `data  ${folder.path}`, 'page  http://127.0.0.1:']) {
      expect(stdout).toContain(words)
    }
    for (const command of ['status', 'history', 'check']) {
      expect(stdout).toContain(`./flotilla ${command} --data ${folder.path}`)
    }
    expect(stdout).toMatch(/Stopping\.\n\s+Stopped\./)
  })
})

describe('a start is refused', () => {
  test('on a folder that another node uses, naming its process', async () => {
    await using folder = await temporaryFolder()
    await using first = startDaemon(folder.path, '--json')
    const { pid } = await first.ready()
    await using second = startDaemon(folder.path, '--json')
    const { code, stderr } = await second.ended()
    expect(code).toBe(1)
    expect(stderr).toContain('another node runs on this data folder')
    expect(stderr).toContain(String(pid))
    expect((await first.stop()).code).toBe(0)
  })

  test('with a damaged or missing key, which is left as it is', async () => {
    await using folder = await temporaryFolder()
    await using first = startDaemon(folder.path, '--json')
    await first.ready()
    await first.stop()
    const key = join(folder.path, 'disk/identity.key')
    const right = await readFile(key)
    for (const damaged of [
      right.subarray(1),
      Buffer.alloc(0),
      Buffer.concat([right, right]),
      Buffer.from(right).fill(7, 3, 4),
    ]) {
      await writeFile(key, damaged)
      await using daemon = startDaemon(folder.path, '--json')
      const { code, stderr } = await daemon.ended()
      expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('is damaged') as string })
      expect(await readFile(key)).toEqual(damaged)
    }
    await writeFile(key, right)
    await using mended = startDaemon(folder.path, '--json')
    await mended.ready()
  })

  test('with storage that a newer Flotilla has written, or that is no database', async () => {
    await using folder = await temporaryFolder()
    await using first = startDaemon(folder.path, '--json')
    await first.ready()
    await first.stop()
    const path = join(folder.path, 'node.sqlite')
    const database = new SqliteDatabase(path)
    database.pragma('user_version = 99')
    database.close()
    await using newer = startDaemon(folder.path, '--json')
    expect(await newer.ended()).toMatchObject({ code: 1, stderr: expect.stringContaining('newer Flotilla') as string })
    await writeFile(path, 'this is no database, and long enough to be looked at as one')
    await using damaged = startDaemon(folder.path, '--json')
    expect(await damaged.ended()).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('cannot be opened') as string,
    })
  })

  test('in a folder that holds other things', async () => {
    await using folder = await temporaryFolder()
    await writeFile(join(folder.path, 'letter.txt'), 'mine')
    await using daemon = startDaemon(folder.path)
    expect(await daemon.ended()).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('holds other things') as string,
    })
  })

  test('on a port that is taken, if that port was asked for', async () => {
    await using folder = await temporaryFolder()
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const address = other.address()
    const port = typeof address === 'object' ? String(address?.port) : ''
    await using daemon = startDaemon(folder.path, '--port', port)
    const { code, stderr } = await daemon.ended()
    other.close()
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining(`--port is ${port}`) as string })
    // A start that failed is no life: nothing is noted, and the next start works.
    await using next = startDaemon(folder.path, '--json')
    expect(await historyOf(await next.ready())).toEqual(['1 started'])
  })

  test.each([
    [['--port', 'x'], '--port is "x": it must be a whole number from 0 to 65535'],
    [['--host', 'everywhere'], 'it must be an IP address of this machine'],
    [['--name', 'a b'], '--name is "a b"'],
    [['--colour'], 'there is no setting "--colour"'],
  ])('with the wrong setting %j', async (words, sentence) => {
    await using folder = await temporaryFolder()
    await using daemon = startDaemon(folder.path, ...words)
    expect(await daemon.ended()).toMatchObject({ code: 1, stderr: expect.stringContaining(sentence) as string })
  })
})
