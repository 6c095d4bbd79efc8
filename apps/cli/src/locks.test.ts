import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { flotilla, startFlotilla, startNode, temporaryFolder, type StartedNode } from './testing/programs.ts'

interface Member {
  readonly name: string
  readonly part: string
  readonly self: boolean
}

interface Group {
  readonly leader: { readonly name: string } | null
  readonly members: readonly Member[]
}

interface Lock {
  readonly token: number
  readonly holding: number
  readonly waiting: number
}

const names = ['ann', 'bob', 'cid'] as const
type Name = (typeof names)[number]

/** How often is looked; no test says how fast anything has to be. */
const patience = { interval: 100, timeout: 100_000 }

let folder: Awaited<ReturnType<typeof temporaryFolder>>
const nodes = new Map<Name, StartedNode>()
const ports = new Map<Name, number>()

const dataOf = (name: Name): string => join(folder.path, name)

async function json(name: Name, ...words: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  const { stdout } = await flotilla(['--json', ...words, '--data', dataOf(name)])
  return JSON.parse(stdout) as Readonly<Record<string, unknown>>
}

/** One that is free now; a node that starts again has to be where the others remember it. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function start(name: Name): Promise<void> {
  const port = ports.get(name) ?? (await freePort())
  ports.set(name, port)
  // Beacons stay out of the way of other tests' clusters; the token says where the inviter is.
  const flags = ['--name', name, '--mesh-port', String(port), '--no-beacons']
  nodes.set(name, await startNode(dataOf(name), 'itself', flags))
}

async function groupAt(name: Name): Promise<Group | undefined> {
  const { groups } = await json(name, 'raft')
  return (groups as readonly Group[] | undefined)?.[0]
}

async function votersAt(name: Name): Promise<readonly string[]> {
  const members = (await groupAt(name))?.members ?? []
  return members.flatMap((member) => (member.part === 'voter' ? [member.name] : [])).toSorted()
}

/** The name of whoever leads, as that node knows it. */
async function leaderAt(name: Name): Promise<Name> {
  let leader: string | undefined
  while (leader === undefined) leader = (await groupAt(name))?.leader?.name
  return leader as Name
}

async function lockAt(name: Name, key: string): Promise<Lock | undefined> {
  return (await json(name, 'lock', 'show', key))['lock'] as Lock | undefined
}

/** Holds the lock until its input ends; says `held` and the token before that. */
function hold(name: Name, key: string) {
  const command = ['sh', '-c', 'echo "held $FLOTILLA_LOCK_KEY $FLOTILLA_FENCING_TOKEN"; cat']
  return startFlotilla(['lock', 'run', key, '--data', dataOf(name), '--', ...command])
}

function tokenIn(line: string | undefined, key: string): number {
  expect(line).toMatch(new RegExp(`^held ${key} [0-9]+$`))
  return Number(line?.split(' ').at(-1))
}

beforeAll(async () => {
  folder = await temporaryFolder()
  await start('ann')
  await json('ann', 'init')
  for (const name of ['bob', 'cid'] as const) {
    const { token } = await json('ann', 'invite', '--ttl', '5m')
    await flotilla(['join', String(token), '--name', name, '--data', dataOf(name)])
    await start(name)
  }
})

afterAll(async () => {
  for (const node of nodes.values()) await node.end('SIGKILL')
  await folder[Symbol.asyncDispose]()
})

test('nodes that join become voters by themselves, and each says so', async () => {
  for (const name of names) await expect.poll(() => votersAt(name), patience).toEqual(['ann', 'bob', 'cid'])
  const status = await flotilla(['status', '--data', dataOf('bob')])
  expect(status.stdout).toMatch(/group +voter, \w+ leads, voters: 3/)
  const check = await flotilla(['check', '--data', dataOf('cid')])
  expect(check.stdout).toMatch(/ok +group +voter/)
})

test('a command runs with the key and a token, and its exit code comes back', async () => {
  const said = await flotilla(['lock', 'run', 'build', '--data', dataOf('bob'), '--', 'sh', '-c', 'exit 7'])
  expect(said).toMatchObject({ code: 7, stderr: '' })
  const missing = await flotilla(['lock', 'run', 'build', '--data', dataOf('bob'), '--', join(folder.path, 'nothing')])
  expect(missing.code).toBe(127)
})

test('two at once are never in it together, and tokens rise in the order of their turns', async () => {
  const [room, tokens] = [join(folder.path, 'room'), join(folder.path, 'tokens')]
  // A folder can be made once only.
  const program = `mkdir ${room} || exit 9; echo $FLOTILLA_FENCING_TOKEN >> ${tokens}; rmdir ${room}`
  const runs = names
    .flatMap((name) => [name, name])
    .map(async (name) => {
      return (await flotilla(['lock', 'run', 'room', '--data', dataOf(name), '--', 'sh', '-c', program])).code
    })
  expect(await Promise.all(runs)).toEqual(runs.map(() => 0))
  const seen = (await readFile(tokens, 'utf8')).trim().split('\n').map(Number)
  expect(seen).toHaveLength(runs.length)
  expect(seen).toEqual([...new Set(seen)].toSorted((one, other) => one - other))
})

test('who does not want to wait, or not for long, is told so with a code of its own', async () => {
  const holder = hold('ann', 'busy')
  tokenIn(await holder.line(), 'busy')
  const now = await flotilla(['lock', 'run', 'busy', '--no-wait', '--data', dataOf('bob'), '--', 'true'])
  expect(now).toMatchObject({ code: 123, stderr: expect.stringMatching(/held by ann/) as string })
  const soon = await flotilla(['lock', 'run', 'busy', '--timeout', '1s', '--data', dataOf('bob'), '--', 'true'])
  expect(soon.code).toBe(124)
  const listed = await flotilla(['lock', 'ls', 'bu', '--data', dataOf('cid')])
  expect(listed.stdout).toMatch(/busy +exclusive +ann: sh, process \d+ +\d+/)
  expect(await json('cid', 'lock', 'deadlocks')).toMatchObject({ deadlocks: [], waits: [] })
  holder.child.stdin.end()
  expect((await holder.ended).code).toBe(0)
})

test('a key is watched through its changes', async () => {
  const watch = startFlotilla(['--json', 'lock', 'watch', 'seen', '--data', dataOf('cid')])
  /** How many hold it, at the next change. */
  const next = async (): Promise<number> => {
    for (;;) {
      const line = await watch.line()
      const [, holding] = /"holding": (\d)/.exec(line ?? '"holding": 9') ?? []
      if (holding !== undefined) return Number(holding)
    }
  }
  expect(await next()).toBe(0)
  const holder = hold('bob', 'seen')
  expect(await next()).toBe(1)
  holder.child.stdin.end()
  expect(await next()).toBe(0)
  watch.child.kill('SIGINT')
  await watch.ended
  await holder.ended
})

test('a program that is killed frees its lock', async () => {
  const holder = hold('ann', 'killed')
  const token = tokenIn(await holder.line(), 'killed')
  const waiter = hold('bob', 'killed')
  await expect.poll(async () => (await lockAt('cid', 'killed'))?.waiting, patience).toBe(1)
  holder.child.kill('SIGKILL')
  expect(tokenIn(await waiter.line(), 'killed')).toBeGreaterThan(token)
  for (const run of [holder, waiter]) run.child.stdin.end()
  expect((await waiter.ended).code).toBe(0)
})

test('a lock outlives whoever led, and its waiter gets it when it is released', async () => {
  const leader = await leaderAt('ann')
  const [first, second] = names.filter((name) => name !== leader)
  if (first === undefined || second === undefined) throw new Error('three nodes')
  const holder = hold(first, 'kept')
  const token = tokenIn(await holder.line(), 'kept')
  await nodes.get(leader)?.end('SIGKILL')
  const waiter = hold(second, 'kept')
  await expect.poll(() => lockAt(first, 'kept'), patience).toMatchObject({ token, holding: 1, waiting: 1 })
  holder.child.stdin.end()
  expect((await holder.ended).code).toBe(0)
  expect(tokenIn(await waiter.line(), 'kept')).toBeGreaterThan(token)
  waiter.child.stdin.end()
  expect((await waiter.ended).code).toBe(0)
  await start(leader)
  await expect.poll(async () => (await groupAt(leader))?.members.length, patience).toBe(3)
})

test('a lock held through a node that is killed is lost before another gets it', async () => {
  const holder = hold('bob', 'lost')
  const token = tokenIn(await holder.line(), 'lost')
  const waiter = hold('cid', 'lost')
  const order: string[] = []
  const lost = holder.ended.then(({ code, stderr }) => {
    order.push('lost')
    return { code, stderr }
  })
  await expect.poll(async () => (await lockAt('cid', 'lost'))?.waiting, patience).toBe(1)
  await nodes.get('bob')?.end('SIGKILL')
  expect(tokenIn(await waiter.line(), 'lost')).toBeGreaterThan(token)
  order.push('granted')
  expect(await lost).toMatchObject({ code: 122, stderr: expect.stringMatching(/"lost" was lost while/) as string })
  expect(order).toEqual(['lost', 'granted'])
  waiter.child.stdin.end()
  await waiter.ended
  await start('bob')
})

test('all stop and start again, and tokens go on rising', async () => {
  const run = async (name: Name): Promise<number> => {
    const held = hold(name, 'again')
    const token = tokenIn(await held.line(), 'again')
    held.child.stdin.end()
    await held.ended
    return token
  }
  const before = await run('cid')
  const ends = await Promise.all([...nodes.values()].map((node) => node.end('SIGTERM')))
  expect(ends).toEqual([0, 0, 0])
  await Promise.all(names.map(start))
  expect(await run('ann')).toBeGreaterThan(before)
  for (const name of names) await expect.poll(() => votersAt(name), patience).toEqual(['ann', 'bob', 'cid'])
})
