import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startDaemon, temporaryFolder } from '../testing/daemon-process.ts'

/** Writes down what systemd would be told. */
const notifyProgram = '#!/bin/sh\necho "$@" >> "$NOTIFY_SOCKET"\n'

test.skipIf(process.platform === 'win32')('a node that is told to stop says so to all who watch it', async () => {
  await using folder = await temporaryFolder()
  const [programs, heard] = [join(folder.path, 'programs'), join(folder.path, 'heard')]
  await mkdir(programs)
  await writeFile(join(programs, 'systemd-notify'), notifyProgram, { mode: 0o755 })
  const environment = { PATH: `${programs}:${process.env['PATH']}`, NOTIFY_SOCKET: heard }
  await using daemon = startDaemon(join(folder.path, 'node'), { environment }, '--json', '--no-beacons')
  const { origin, token } = await daemon.ready()
  const headers = { authorization: `Bearer ${token}`, 'x-request-id': 'watch-1' }
  const watched = await fetch(`${origin}/v1/live?topics=nodes`, { headers })
  expect(watched.headers.get('x-request-id')).toBe('watch-1')
  const made = await fetch(`${origin}/readyz`, { headers: { 'x-request-id': 'no good' } })
  expect(made.status).toBe(200)
  expect(made.headers.get('x-request-id')).toMatch(/^[\w-]{12}$/)
  const text = watched.text()
  const { code } = await daemon.stop()
  expect(code).toBe(0)
  const events = (await text).trim().split('\n\n')
  expect(events.at(-1)).toContain('"event":"failed"')
  expect(events.at(-1)).toContain('"code":"stopping"')
  expect((await readFile(heard, 'utf8')).trim().split('\n')).toEqual(['READY=1', 'STOPPING=1'])
})

test('what is asked is written down with the name of the request', async () => {
  await using folder = await temporaryFolder()
  await using daemon = startDaemon(join(folder.path, 'node'), '--json', '--no-beacons', '--log-level', 'debug')
  const { origin, token } = await daemon.ready()
  const headers = { authorization: `Bearer ${token}`, 'x-request-id': 'order-66', 'content-type': 'application/json' }
  const body = JSON.stringify({ pid: 1, node: '', bootId: 'x', startTicks: 1, signal: 'SIGHUP' })
  await (await fetch(`${origin}/v1/processes/signal`, { method: 'POST', headers, body })).text()
  await (await fetch(`${origin}/v1/login-codes`, { method: 'POST', headers, body: '{}' })).text()
  const audit = (await (await fetch(`${origin}/v1/audit?limit=10`, { headers })).json()) as {
    readonly newest: readonly { readonly action: string; readonly details: Readonly<Record<string, unknown>> }[]
  }
  expect(audit.newest[0]?.details).toMatchObject({ request: 'order-66' })
  const { stderr } = await daemon.stop()
  const lines = stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
  const ours = lines.filter((line) => line['requestId'] === 'order-66')
  expect(ours.map(({ msg }) => msg)).toContain('a request was answered')
  for (const line of lines) {
    expect(line).toMatchObject({ pid: expect.any(Number) as number, hostname: expect.any(String) as string })
  }
})
