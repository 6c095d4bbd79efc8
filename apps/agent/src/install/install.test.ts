import { expect, test } from 'vitest'
import { stepText, type InstallFacts } from './plan.ts'
import { linuxInstall, linuxUninstall, systemdUnit, udevRule } from './systemd.ts'
import { windowsInstall, windowsUninstall } from './windows.ts'

const facts: InstallFacts = {
  program: '/tmp/flotilla-agent',
  interpreter: undefined,
  configFile: '/etc/flotilla-agent.conf',
  flags: ['--folder=/srv/a b', '--guest=100%'],
}

test('the unit starts what was installed, with its flags as one word each', () => {
  const unit = systemdUnit({ ...facts, program: '/usr/local/bin/flotilla-agent' })
  expect(unit).toContain(
    'ExecStart=/usr/local/bin/flotilla-agent --config /etc/flotilla-agent.conf "--folder=/srv/a b" --guest=100%%\n',
  )
  expect(unit).toContain('Restart=always')
  expect(unit).toContain('Conflicts=qemu-guest-agent.service')
})

test('a script is started by its Node, an executable by itself', () => {
  const script = systemdUnit({ ...facts, flags: [], interpreter: '/usr/bin/node', program: '/usr/local/lib/agent.js' })
  expect(script).toMatch(/^ExecStart=\/usr\/bin\/node --max-\S+ .*\/usr\/local\/lib\/agent\.js --config/m)
  expect(script).not.toContain('NODE_OPTIONS')
  for (const text of [script, systemdUnit(facts)]) expect(text).toContain('\nEnvironment=MALLOC_ARENA_MAX=1\n')
})

test('the rule names each port, and lets only root open it', () => {
  const rules = udevRule()
    .split('\n')
    .filter((line) => line.startsWith('SUBSYSTEM'))
  expect(rules).toHaveLength(3)
  for (const rule of rules) expect(rule).toContain('OWNER="root", GROUP="root", MODE="0600"')
})

test('what is installed is removed again, but for the settings and the audit log', () => {
  const written = linuxInstall(facts).flatMap((step) => (step.type === 'write' ? [step.path] : []))
  const removed = linuxUninstall().flatMap((step) => (step.type === 'remove' ? [step.path] : []))
  for (const path of [...written, '/usr/local/bin/flotilla-agent']) expect(removed).toContain(path)
  expect(removed).not.toContain(facts.configFile)
})

test('a program that is installed already is not copied onto itself', () => {
  const steps = linuxInstall({ ...facts, program: '/usr/local/bin/flotilla-agent' })
  expect(steps.filter(({ type }) => type === 'copy')).toEqual([])
})

test('on Windows the words of the command line are kept whole', () => {
  const program = String.raw`C:\Users\it's me\flotilla-agent.exe`
  const flags = [String.raw`--folder=C:\My "files"\ `.trim()]
  const steps = windowsInstall({ ...facts, program, flags, configFile: String.raw`C:\a b\agent.conf` })
  const commands = steps.flatMap((step) => (step.type === 'run' ? [step.command.join(' ')] : []))
  expect(commands[0]).toContain(String.raw`-Argument '--config "C:\a b\agent.conf" "--folder=C:\My \"files\"\\"'`)
  expect(commands[0]).toContain("-UserId 'SYSTEM'")
  expect(windowsUninstall().map(stepText).join('\n')).toContain('Unregister-ScheduledTask')
})
