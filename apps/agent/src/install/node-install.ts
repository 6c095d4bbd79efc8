import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { isSea } from 'node:sea'
import { FlotillaError } from '@flotilla/core/errors'
import type { Invocation } from '../arguments.ts'
import { stepText, type InstallFacts, type InstallStep } from './plan.ts'
import { linuxInstall, linuxUninstall } from './systemd.ts'
import { windowsInstall, windowsUninstall } from './windows.ts'

const commandMsMax = 60_000

/** What was done, or would be, a line each. */
export async function install(invocation: Invocation): Promise<readonly string[]> {
  const steps = stepsOf(invocation)
  if (invocation.isDryRun) return steps.map(stepText)
  if (process.platform !== 'win32' && process.getuid?.() !== 0) {
    throw new FlotillaError('not-root', 'only root can install a service', { hint: 'call it again as root' })
  }
  const done: string[] = []
  for (const step of steps) {
    perform(step)
    done.push(`done: ${stepText(step).split('\n', 1)[0] ?? ''}`)
  }
  return Promise.resolve(done)
}

function stepsOf(invocation: Invocation): readonly InstallStep[] {
  const isWindows = process.platform === 'win32'
  if (invocation.action === 'uninstall') return isWindows ? windowsUninstall() : linuxUninstall()
  const flags = [...invocation.flags].flatMap(([name, given]) => given.map(({ text }) => `--${name}=${text}`))
  const script = process.argv[1] ?? ''
  const facts: InstallFacts = {
    program: isSea() ? process.execPath : script,
    interpreter: isSea() ? undefined : process.execPath,
    configFile: invocation.configFile,
    flags,
  }
  return isWindows ? windowsInstall(facts) : linuxInstall(facts)
}

function perform(step: InstallStep): void {
  switch (step.type) {
    case 'folder':
      mkdirSync(step.path, { recursive: true, mode: step.mode })
      return
    case 'copy':
      replace(step.to, step.mode, (partial) => copyFileSync(step.from, partial))
      return
    case 'write-once':
      if (existsSync(step.path)) return
      replace(step.path, step.mode, (partial) => writeFileSync(partial, step.text))
      return
    case 'write':
      replace(step.path, step.mode, (partial) => writeFileSync(partial, step.text))
      return
    case 'remove':
      rmSync(step.path, { force: true })
      return
    case 'run':
      runCommand(step.command, step.mayFail)
  }
}

/** Never half a file, and a program that runs can be replaced. */
function replace(path: string, mode: number, write: (partial: string) => void): void {
  const partial = `${path}.${process.pid}`
  try {
    write(partial)
    chmodSync(partial, mode)
    renameSync(partial, path)
  } finally {
    rmSync(partial, { force: true })
  }
}

function runCommand([program = '', ...args]: readonly string[], mayFail: boolean): void {
  try {
    execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'], timeout: commandMsMax })
  } catch (error) {
    if (mayFail) return
    const hint = 'mend what it says, and install again; what is done already is done again then'
    throw new FlotillaError('command-failed', `${[program, ...args].join(' ')} failed`, { cause: error, hint })
  }
}
