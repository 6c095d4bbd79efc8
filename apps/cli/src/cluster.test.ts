import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { flotilla, startNode, temporaryFolder, type StartedNode } from './testing/programs.ts'

interface Answer {
  readonly code: number | null
  readonly document: Readonly<Record<string, unknown>>
}

interface ListedNode {
  readonly name: string
  readonly status: string
  readonly connected: boolean
}

const passphrase = 'correct horse battery staple'

async function json(folder: string, line: string, input?: string): Promise<Answer> {
  const { code, stdout } = await flotilla([...line.split(' '), '--data', folder, '--json'], {}, input)
  return { code, document: JSON.parse(stdout) as Answer['document'] }
}

async function token(folder: string): Promise<string> {
  const { document } = await json(folder, 'invite --ttl 2m')
  return String(document['token'])
}

/** Asks until the answer is as expected; a test that waits for nothing ends by its timeout. */
async function until(folder: string, line: string, isRight: (document: Answer['document']) => boolean): Promise<void> {
  while (!isRight((await json(folder, line)).document));
}

function nodesUntil(folder: string, isRight: (nodes: readonly ListedNode[]) => boolean): Promise<void> {
  return until(folder, 'nodes', ({ nodes }) => isRight((nodes ?? []) as readonly ListedNode[]))
}

const isLinked = (nodes: readonly ListedNode[], name: string): boolean =>
  nodes.some((node) => node.name === name && node.status === 'alive' && node.connected)

async function meshNode(folder: string, name: string): Promise<StartedNode> {
  // Beacons stay out of the way of other tests' clusters; the token says where the inviter is.
  return startNode(folder, 'itself', ['--name', name, '--mesh-port', '0', '--no-beacons'])
}

/** Users and tokens are made where the authority is, and hold at the other node. */
async function accountsHold(authority: string, other: string): Promise<void> {
  expect(await json(other, 'user add eve', `${passphrase}\n`)).toMatchObject({ code: 1 })
  expect(await json(authority, 'user add eve --role admin', `${passphrase}\n`)).toMatchObject({ code: 0 })
  await until(other, 'user ls', ({ users }) => JSON.stringify(users).includes('eve'))
  const { document } = await json(authority, 'token create ci')
  await until(other, 'token ls', ({ tokens }) => JSON.stringify(tokens).includes('ci'))
  const { url } = JSON.parse(await readFile(join(other, 'access.json'), 'utf8')) as { readonly url: string }
  const asked = (): Promise<Response> =>
    fetch(`${url}/v1/node`, { headers: { authorization: `Bearer ${String(document['token'])}` } })
  expect((await asked()).status).toBe(200)
  expect(await json(authority, 'token revoke ci')).toMatchObject({ code: 0 })
  await until(other, 'token ls', ({ tokens }) => !JSON.stringify(tokens).includes('ci'))
  expect((await asked()).status).toBe(401)
}

test('a cluster is made, joined by token, watched, and left by revocation', async () => {
  await using folder = await temporaryFolder()
  const [ann, bob] = [join(folder.path, 'ann'), join(folder.path, 'bob')]
  expect(await json(ann, 'init --name ann')).toMatchObject({
    code: 0,
    document: { cluster: { name: 'ann', role: 'node', authorityHeld: true } },
  })
  expect(await json(ann, 'invite')).toMatchObject({ code: 3, document: { error: { code: 'not-running' } } })
  await using _annNode = await meshNode(ann, 'ann')
  expect(await json(ann, 'init')).toMatchObject({ code: 1 })
  expect(await json(ann, 'init --name eve')).toMatchObject({ code: 1, document: { error: { code: 'wrong-name' } } })

  const first = await token(ann)
  expect(await json(bob, `join ${first} --name bob`)).toMatchObject({
    code: 0,
    document: { cluster: { name: 'bob', authorityHeld: false } },
  })
  const late = await flotilla(['join', first, '--data', join(folder.path, 'cid')])
  expect(late).toMatchObject({ code: 1, stderr: expect.stringMatching(/used already/) as string })

  await using _bobNode = await meshNode(bob, 'bob')
  await nodesUntil(bob, (nodes) => isLinked(nodes, 'ann'))
  await nodesUntil(ann, (nodes) => isLinked(nodes, 'bob'))
  expect(await json(ann, 'mesh')).toMatchObject({ code: 0, document: { peers: [{ name: 'bob', role: 'node' }] } })
  expect(await flotilla(['say', ' ', '--data', bob])).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/nothing to say: write a text/) as string,
  })
  expect(await json(bob, 'say hello')).toMatchObject({ code: 0, document: { name: 'bob', text: 'hello' } })
  await until(ann, 'notes', ({ notes }) => JSON.stringify(notes).includes('hello'))
  expect(await json(ann, 'notes')).toMatchObject({ code: 0, document: { notes: [{ name: 'bob', text: 'hello' }] } })
  await accountsHold(ann, bob)
  expect(await json(bob, 'rotate')).toMatchObject({ code: 0, document: { cluster: { name: 'bob' } } })

  expect(await json(ann, 'ban bob --for 1h')).toMatchObject({ code: 0, document: { seconds: 3_600 } })
  await nodesUntil(ann, (nodes) => !isLinked(nodes, 'bob'))
  expect(await json(ann, 'unban bob')).toMatchObject({ code: 0 })
  await nodesUntil(ann, (nodes) => isLinked(nodes, 'bob'))

  expect(await json(bob, 'revoke ann')).toMatchObject({ code: 1, document: { error: { code: 'node-refused' } } })
  expect(await json(ann, 'revoke bob --reason lost')).toMatchObject({
    code: 0,
    document: { name: 'bob', listNumber: 1 },
  })
  await nodesUntil(ann, (nodes) => !isLinked(nodes, 'bob'))
  const back = await json(bob, `join ${await token(ann)}`)
  expect(back.code).toBe(1)
})

test('the authority moves in a file that only the passphrase opens', async () => {
  await using folder = await temporaryFolder()
  const [ann, bob, file] = ['ann', 'bob', 'authority'].map((name) => join(folder.path, name)) as [
    string,
    string,
    string,
  ]
  await json(ann, 'init')
  await using _node = await meshNode(ann, 'ann')
  await json(bob, `join ${await token(ann)}`)
  expect(await json(ann, `authority export ${file}`, passphrase)).toMatchObject({ code: 0, document: { path: file } })
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect((await readFile(file)).includes(passphrase)).toBe(false)
  expect(await json(ann, `authority export ${file}`, passphrase)).toMatchObject({ code: 1 })
  expect(await json(bob, `authority import ${file}`, 'a wrong passphrase, though long')).toMatchObject({ code: 1 })
  expect(await json(bob, `authority import ${file}`, passphrase)).toMatchObject({
    code: 0,
    document: { cluster: { authorityHeld: true } },
  })
})
