import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { flotilla, startFlotilla, temporaryFolder, type RunningFlotilla } from '../testing/programs.ts'

interface Ready {
  readonly event: string
  readonly nodes: readonly { readonly name: string; readonly pid: number; readonly id: string }[]
  readonly agreement: { readonly isComplete: boolean; readonly voters: number }
}

async function started(folder: string): Promise<{ readonly demo: RunningFlotilla; readonly ready: Ready }> {
  const demo = startFlotilla(['demo', '--folder', folder, '--json'])
  let text = ''
  for (;;) {
    const line = await demo.line()
    if (line === undefined) throw new Error(`the demo ended: ${(await demo.ended).stderr}`)
    text += `${line}\n`
    if (line === '}') return { demo, ready: JSON.parse(text) as Ready }
  }
}

/** Everything that it says on standard error from now on. */
function saidBy({ child }: RunningFlotilla): () => string {
  let said = ''
  child.stderr.on('data', (text: string) => void (said += text))
  return () => said
}

function isGone(pid: number): boolean {
  try {
    return !process.kill(pid, 0)
  } catch {
    return true
  }
}

test('three nodes agree, come back when they are killed, stop together, and end with their parent', async () => {
  await using folder = await temporaryFolder()
  const first = await started(folder.path)
  expect(first.ready).toMatchObject({ event: 'ready', agreement: { isComplete: true, voters: 3 } })
  const status = await flotilla(['nodes', '--json', '--data', join(folder.path, 'two')])
  expect(JSON.parse(status.stdout)).toMatchObject({ degraded: false, nodes: [{}, {}, {}] })

  // One of them is asked what another sees, and all of them whether they reach it.
  const here = ['--data', join(folder.path, 'one'), '--json']
  const [relayed, refused, doctor] = await Promise.all([
    flotilla(['status', '--on', 'two', ...here]),
    flotilla(['say', 'hello', '--on', 'two', ...here]),
    flotilla(['doctor', ...here]),
  ])
  expect(JSON.parse(relayed.stdout)).toMatchObject({ node: { name: 'two' }, raft: { groups: [{}] } })
  expect(JSON.parse(refused.stdout)).toMatchObject({ error: { code: 'only-reading' } })
  const { findings } = JSON.parse(doctor.stdout) as { findings: readonly { subject: string; state: string }[] }
  for (const subject of ['group', 'certificate', 'peers', 'clocks', 'tcp']) {
    expect(findings).toContainEqual(expect.objectContaining({ subject, state: 'ok' }))
  }

  const [, two] = first.ready.nodes
  const said = saidBy(first.demo)
  process.kill(two?.pid ?? Number.NaN, 'SIGKILL')
  await expect.poll(said, { timeout: 30_000 }).toMatch(/Node two ended \(SIGKILL\).*Node two is back/s)
  first.demo.child.kill('SIGINT')
  expect(await first.demo.ended).toMatchObject({ code: 0 })
  const history = await flotilla(['check', '--data', join(folder.path, 'one')])
  expect(history.stdout).toContain('it does not run')

  const second = await started(folder.path)
  expect(second.ready.nodes.map(({ id }) => id)).toEqual(first.ready.nodes.map(({ id }) => id))
  second.demo.child.kill('SIGKILL')
  for (const { pid } of second.ready.nodes) await expect.poll(() => isGone(pid), { timeout: 15_000 }).toBe(true)
  expect(await readFile(join(folder.path, 'one.log'), 'utf8')).not.toBe('')
}, 90_000)

test('nodes that run already are left alone, and it is said', async ({ skip }) => {
  if (process.platform !== 'linux') skip('only Linux lists its locks')
  await using folder = await temporaryFolder()
  await mkdir(join(folder.path, 'two', 'disk'), { recursive: true })
  const held = new DatabaseSync(join(folder.path, 'two', 'disk', 'lock~'))
  held.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
  const { code, stderr } = await flotilla(['demo', '--folder', folder.path])
  held.close()
  expect(code).toBe(1)
  expect(stderr).toContain(`run already, as processes ${process.pid}`)
  expect(await readdir(folder.path)).toEqual(['two'])
})
