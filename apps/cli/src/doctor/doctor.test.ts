import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import type { Finding } from '../check/finding.ts'
import { fakeNode } from '../testing/fake-node.ts'
import { flotilla, temporaryFolder } from '../testing/programs.ts'
import { examine } from './doctor.ts'
import { holderIn, lockHolder } from './lock-holder.ts'
import { machineFindings } from './machine-findings.ts'
import type { Checkup, MeshFacts, OtherNode } from './mesh-facts.ts'
import { meshFindings } from './mesh-findings.ts'
import { inodesOn, portHolder } from './port-holder.ts'

const nowMs = Date.UTC(2026, 5, 1)
const dayMs = 86_400_000

function other(name: string, more: Partial<OtherNode> = {}): OtherNode {
  return { id: `id-${name}`, name, status: 'alive', connected: true, version: '1', ...more }
}

function checkup(name: string, more: Partial<Checkup> = {}): Checkup {
  const dialled = [{ address: '192.0.2.1:7440', outcome: 'open' }]
  return { name, why: null, clockAheadMs: 3, clockErrorMs: 5, dialled, ...more }
}

const sound: MeshFacts = {
  cluster: {
    id: 'c',
    role: 'node',
    name: 'ann',
    authorityHeld: true,
    certificate: { serial: '', notBefore: '', notAfter: new Date(nowMs + 20 * dayMs).toISOString() },
  },
  listening: ['192.0.2.1:7440'],
  others: [other('bob'), other('cid')],
  refusals: { expired: 0 },
  bans: [],
  checkups: [checkup('bob'), checkup('cid')],
  sent: { datagram: 100, connection: 2 },
  vms: [],
}

function foundIn(facts: Partial<MeshFacts>): readonly Finding[] {
  return meshFindings({ ...sound, ...facts }, nowMs).filter(({ state }) => state !== 'ok')
}

function ends(inMs: number): Partial<MeshFacts> {
  const notAfter = new Date(nowMs + inMs).toISOString()
  return sound.cluster === undefined
    ? {}
    : { cluster: { ...sound.cluster, certificate: { serial: '', notBefore: '', notAfter } } }
}

describe('between nodes', () => {
  test('nothing is found where nothing is wrong, and every part is looked at', () => {
    expect(foundIn({})).toEqual([])
    const subjects = meshFindings(sound, nowMs).map(({ subject }) => subject)
    expect(subjects).toEqual(['certificate', 'peers', 'clocks', 'tcp', 'udp'])
    expect(meshFindings({ ...sound, cluster: undefined }, nowMs)).toMatchObject([{ subject: 'cluster', state: 'ok' }])
  })

  const shut = [{ address: '192.0.2.1:7440', outcome: 'does not answer' }]
  test.each([
    ['a certificate near its end', ends(dayMs), 'certificate', 'warning', /1 d/, /flotilla rotate/],
    ['one that has ended', ends(-1), 'certificate', 'failed', /expired/, /flotilla join TOKEN/],
    ['nobody there', { others: [other('bob', { connected: false })] }, 'peers', 'failed', /none of 1/, /mesh port/],
    [
      'one who is missing',
      { others: [other('bob'), other('cid', { connected: false })], refusals: { expired: 2 } },
      'peers',
      'warning',
      /without cid; connections failed: expired 2/,
      /flotilla status/,
    ],
    ['a ban', { bans: [{ id: 'x', reason: 'junk' }] }, 'peers', 'warning', /refuses x: junk/, /flotilla unban x/],
    [
      'a clock that is off',
      { checkups: [checkup('bob', { clockAheadMs: -10_000 }), checkup('cid')] },
      'clocks',
      'warning',
      /that of bob is 10 s behind/,
      /clock of bob/,
    ],
    [
      'a clock that is far off',
      { checkups: [checkup('bob', { clockAheadMs: 7_200_000 })] },
      'clocks',
      'failed',
      /2 h/,
      /time service/,
    ],
    [
      'a certificate of tomorrow',
      { refusals: { 'not-yet-valid': 1 } },
      'clocks',
      'warning',
      /not good yet/,
      /timedatectl/,
    ],
    [
      'a firewall before TCP',
      { checkups: [checkup('bob', { dialled: shut })] },
      'tcp',
      'warning',
      /bob cannot connect .* does not answer/,
      /ufw allow 7440/,
    ],
    [
      'a firewall before UDP',
      { sent: { datagram: 10, connection: 90 } },
      'udp',
      'warning',
      /datagrams are lost/,
      /17996/,
    ],
    [
      'a socket that is somebody else’s',
      { vms: [{ vm: 'web', node: 'ann', state: 'refused', why: 'no permission' }] },
      'vms',
      'failed',
      /web on ann: no permission/,
      /owns its socket/,
    ],
    [
      'an agent that is silent',
      { vms: [{ vm: 'web', node: 'ann', state: 'silent', why: null }] },
      'vms',
      'warning',
      /web on ann/,
      /agent runs/,
    ],
  ] satisfies readonly (readonly [string, Partial<MeshFacts>, string, string, RegExp, RegExp])[])(
    '%s is found, and how it is mended',
    (_, facts, subject, state, what, hint) => {
      const findings = foundIn(facts)
      expect(findings).toHaveLength(1)
      expect(findings[0]).toMatchObject({ subject, state })
      expect(findings[0]?.what).toMatch(what)
      expect(findings[0]?.hint).toMatch(hint)
    },
  )

  test('what is within the error of measuring is no trouble, nor a node that did not answer', () => {
    const slow = checkup('bob', { clockAheadMs: 5_000, clockErrorMs: 4_000 })
    expect(
      foundIn({ checkups: [slow, checkup('cid', { why: 'it is too old', clockAheadMs: 0, dialled: [] })] }),
    ).toEqual([])
    expect(foundIn({ checkups: undefined })).toEqual([])
  })
})

test('an old Node and too little memory are found', () => {
  const facts = { platform: 'linux', cores: 2, freeBytes: 2 ** 33, totalBytes: 2 ** 34 }
  const states = (version: string, more: object = {}): readonly string[] => {
    return machineFindings({ ...facts, nodeVersion: version, ...more }).map(({ state }) => state)
  }
  expect(states('24.11.0')).toEqual(['ok', 'ok'])
  expect(states('24.10.9')).toEqual(['failed', 'ok'])
  expect(states('22.20.0')).toEqual(['failed', 'ok'])
  expect(states('26.0.0', { freeBytes: 1_000_000 })).toEqual(['ok', 'warning'])
  expect(states('26.0.0', { platform: 'win32' })).toEqual(['warning', 'ok'])
})

test('the kernel’s lists are read', () => {
  const locks = [
    '1: POSIX  ADVISORY  READ 99 fe:01:7 1073741826 1073742335',
    '2: FLOCK  ADVISORY  WRITE 55 fe:01:77 0 EOF',
    '3: POSIX  ADVISORY  WRITE 4711 fe:01:7 1073741824 1073742335',
  ].join('\n')
  expect(holderIn(locks, 7)).toBe(4711)
  expect(holderIn(locks, 8)).toBeUndefined()
  const sockets = [
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
    '   0: 0100007F:1CE8 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4242 1 0 100',
    '   1: 0100007F:1CE8 0100007F:0001 01 00000000:00000000 00:00000000 00000000     0        0 4343 1 0 100',
  ].join('\n')
  expect(inodesOn(sockets, 7_400)).toEqual(['4242'])
  expect(inodesOn(sockets, 7_401)).toEqual([])
})

describe('real causes, with no node that answers', () => {
  test('a port that was asked for is taken, and by whom', async () => {
    await using folder = await temporaryFolder()
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const findings = await examine(join(folder.path, 'none'), { FLOTILLA_PORT: String(port), FLOTILLA_MESH_PORT: '0' })
    const holder = await portHolder(port)
    await new Promise((closed) => server.close(closed))
    const taken = findings.find(({ subject }) => subject === 'ports')
    expect(taken).toMatchObject({ state: 'failed', hint: expect.stringMatching(/--port/) as string })
    expect(taken?.what).toContain(`port ${port} is taken`)
    expect(holder?.pid).toBe(process.platform === 'linux' ? process.pid : undefined)
  })

  test('a process that has the folder for itself and says nothing, and what a crash leaves', async ({ skip }) => {
    if (process.platform !== 'linux') skip('only Linux lists its locks')
    await using folder = await temporaryFolder()
    await mkdir(join(folder.path, 'disk'), { mode: 0o700 })
    const holding = new DatabaseSync(join(folder.path, 'disk', 'lock~'))
    holding.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
    expect(await lockHolder(folder.path)).toBe(process.pid)
    const lock = async (): Promise<Finding | undefined> => {
      return (await examine(folder.path, {})).find(({ subject }) => subject === 'lock')
    }
    expect(await lock()).toMatchObject({ state: 'failed', hint: expect.stringMatching(/kill -9/) as string })
    holding.close()
    expect(await lock()).toBeUndefined()
    const access = { url: 'http://127.0.0.1:1', token: 'abc', pid: 1 }
    await writeFile(join(folder.path, 'access.json'), JSON.stringify(access), { mode: 0o600 })
    expect(await lock()).toMatchObject({ state: 'warning', what: expect.stringMatching(/left over/) as string })
  })
})

test('the command says what is wrong, how bad, and how to mend it, with an exit code', async () => {
  await using fake = await fakeNode({})
  const { code, stdout } = await flotilla(['doctor', '--json', '--data', fake.folder])
  const { sound: isSound, findings } = JSON.parse(stdout) as { sound: boolean; findings: readonly Finding[] }
  expect({ code, isSound }).toEqual({ code: 1, isSound: false })
  const wrong = findings.filter(({ state }) => state !== 'ok')
  expect(wrong.map(({ subject }) => subject)).toEqual(expect.arrayContaining(['key', 'node']))
  for (const { hint } of wrong) expect(hint).toMatch(/\w/)
  const text = await flotilla(['doctor', '--all', '--data', fake.folder])
  expect(text).toMatchObject({ code: 1, stderr: '', stdout: expect.stringMatching(/^failed +key/m) as string })
})
