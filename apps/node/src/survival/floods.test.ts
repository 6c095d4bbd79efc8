import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startDaemon, temporaryFolder } from '../testing/daemon-process.ts'
import { answerTo, idleFlood, junkFlood, type Flood } from './flood.ts'
import { honestClient, type HonestOutcome } from './honest-client.ts'

/** `FLOTILLA_FLOODS=60` floods a minute with each, with as many connections as the issue asks for. */
const seconds = Number(process.env['FLOTILLA_FLOODS'] ?? '2')
const isFull = seconds > 10
const crowd = isFull ? 10_000 : 400
const isElsewhere = process.platform !== 'linux'
const residentMiBMax = 400

interface Flooded {
  readonly residentMiB: number
  readonly outcomes: Readonly<Record<'kept' | 'newcomer' | 'socket', HonestOutcome>>
}

/** Three honest clients while somebody floods: one on a connection that it keeps, one that comes anew, one inside. */
async function flooded(begin: (port: number) => Flood): Promise<Flooded> {
  await using folder = await temporaryFolder()
  await using daemon = startDaemon(join(folder.path, 'node'), '--json', '--no-beacons')
  const { origin, token, pid, dataFolder } = await daemon.ready()
  const port = Number(new URL(origin).port)
  const until = performance.now() + seconds * 1_000
  const isOver = (): boolean => performance.now() > until
  const socketPath = join(dataFolder, 'api.sock')
  using flood = begin(port)
  const [kept, newcomer, socket] = await Promise.all([
    honestClient({ port, token }, isOver, 20),
    honestClient({ port, token, isNewcomer: true }, isOver, 50),
    honestClient({ port, token, socketPath }, isOver, 20),
  ])
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const residentMiB = Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1_024)
  const outcomes = { kept, newcomer, socket }
  if (isFull) console.log(JSON.stringify({ residentMiB, outcomes, flood: flood.figures }))
  return { residentMiB, outcomes }
}

/** What is wrong with that; nothing, where every honest client was answered each time. */
function troublesOf({ residentMiB, outcomes }: Flooded): readonly string[] {
  const troubles = Object.entries(outcomes).flatMap(([who, { answered, failed }]) => [
    ...failed.map((failure) => `${who}: ${failure}`),
    ...(answered === 0 ? [`${who} was never answered`] : []),
  ])
  return residentMiB < residentMiBMax ? troubles : [...troubles, `it took ${residentMiB} MiB`]
}

test.skipIf(isElsewhere)('24 MB of junk a second keep nobody from being answered', async () => {
  expect(troublesOf(await flooded((port) => junkFlood(port, 8, 24e6)))).toEqual([])
})

test.skipIf(isElsewhere)('neither do connections on which nothing comes', async () => {
  expect(troublesOf(await flooded((port) => idleFlood(port, crowd, '')))).toEqual([])
})

test.skipIf(isElsewhere)('nor those on which a request never ends', async () => {
  expect(
    troublesOf(await flooded((port) => idleFlood(port, crowd, 'GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ', 100))),
  ).toEqual([])
})

test.skipIf(isElsewhere)('nor those on which a login never ends', async () => {
  const length = 'Content-Type: application/json\r\nContent-Length: 500'
  const head = (port: number): string => `POST /v1/login HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${length}\r\n\r\n{`
  expect(troublesOf(await flooded((port) => idleFlood(port, crowd, head(port), 100)))).toEqual([])
})

test.skipIf(isElsewhere)('huge headers and bodies are refused before they are read', async () => {
  await using folder = await temporaryFolder()
  await using daemon = startDaemon(join(folder.path, 'node'), '--json', '--no-beacons')
  const { origin, token } = await daemon.ready()
  const port = Number(new URL(origin).port)
  const start = `HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n`
  const huge = 'x'.repeat(4_000_000)
  expect(await answerTo(port, `GET / ${start}X-Huge: ${huge}\r\n\r\n`)).toMatch(/431|closed/)
  expect(await answerTo(port, `GET /${huge} ${start}\r\n`)).toMatch(/431|414|closed/)
  const posted = `POST /v1/cluster/init ${start}Authorization: Bearer ${token}\r\nContent-Type: application/json\r\n`
  expect(await answerTo(port, `${posted}Content-Length: 999999999999\r\n\r\n${huge}`)).toMatch(/413|closed/)
  const open = `POST /v1/login ${start}Content-Type: application/json\r\nContent-Length: 4000000\r\n\r\n${huge}`
  expect(await answerTo(port, open)).toMatch(/413|closed/)
  expect((await fetch(`${origin}/healthz`)).status).toBe(200)
})
