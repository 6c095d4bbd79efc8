import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { installPlan, uninstallPlan, type ServiceFacts } from './service-plan.ts'
import { stepText } from './service-steps.ts'
import { serviceUnit } from './service-unit.ts'

const analyzer = '/usr/bin/systemd-analyze'

/** What `systemd-analyze` says of a unit with that name. */
async function analyzed(unit: string, words: readonly string[], name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'flotilla-unit-'))
  try {
    await writeFile(join(folder, 'flotilla@.service'), unit)
    return execFileSync(analyzer, [...words, join(folder, name)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
  } finally {
    await rm(folder, { recursive: true })
  }
}

const facts: ServiceFacts = {
  root: '/srv/checkout',
  interpreter: '/opt/node/bin/node',
  sqlite: '/srv/better-sqlite3',
  user: 'flotilla',
  instance: 'main',
}

test.skipIf(!existsSync(analyzer))('the unit exposes little', async () => {
  const program = '/usr/local/lib/flotilla/apps/node/dist/main.js'
  const unit = serviceUnit({ interpreter: '/usr/bin/true', program, user: 'flotilla' })
  const words = ['security', '--offline=yes', '--no-pager']
  const said = await analyzed(unit, words, 'flotilla@.service')
  const exposure = Number(/exposure level for [^:]*: ([\d.]+)/.exec(said)?.[1])
  expect(exposure).toBeLessThanOrEqual(2)
  // It does not know a wrong setting from a right one, but this does.
  await expect(analyzed(unit, ['verify'], 'flotilla@main.service')).resolves.toBe('')
})

test('it may write in its own folder, and nowhere else', () => {
  const unit = serviceUnit({ interpreter: '/usr/bin/node', program: '/x', user: 'flotilla' })
  expect(unit).toContain('\nProtectSystem=strict\n')
  expect(unit).toContain('\nStateDirectory=flotilla/%i\n')
  expect(unit).not.toMatch(/ReadWritePaths|BindPaths/)
  for (const line of ['NoNewPrivileges=yes', 'CapabilityBoundingSet=', 'SystemCallFilter=@system-service']) {
    expect(unit.split('\n')).toContain(line)
  }
})

test('words of a command are kept whole', () => {
  const unit = serviceUnit({ interpreter: '/opt/my node', program: '/x/100%$y', user: 'flotilla' })
  expect(unit).toContain('ExecStart="/opt/my node" --max-semi-space-size=2 --disable-sigusr1 /x/100%%$$y\n')
})

test('what runs is copied to where only root can change it, and all of it is removed again', () => {
  const plan = installPlan(facts)
  const unit = plan.find((step) => step.type === 'write' && step.path.endsWith('.service'))
  expect(unit).toMatchObject({ text: expect.stringContaining('ExecStart=/usr/local/lib/flotilla/node ') as string })
  const removed = uninstallPlan().flatMap((step) => (step.type === 'remove' ? [step.path] : []))
  const made = plan.flatMap((step) => (step.type === 'write' ? [step.path] : step.type === 'copy' ? [step.to] : []))
  const left = made.filter((path) => !removed.some((gone) => path === gone || path.startsWith(`${gone}/`)))
  expect(left).toEqual([])
  expect(plan.map(stepText).at(-1)).toBe('run systemctl restart flotilla@main.service')
})
