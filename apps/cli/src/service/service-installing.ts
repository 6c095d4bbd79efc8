import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { FlotillaError } from '@flotilla/core/errors'
import { stepText, type ServiceStep } from './service-steps.ts'

const commandMsMax = 60_000

/** Tells of each step when it is done; the first one that fails ends it. */
export function performSteps(steps: readonly ServiceStep[], told: (text: string) => void): void {
  for (const step of steps) {
    perform(step)
    told(stepText(step))
  }
}

function perform(step: ServiceStep): void {
  switch (step.type) {
    case 'write':
      return replace(step.path, (partial) => {
        writeFileSync(partial, step.text)
        chmodSync(partial, 0o644)
      })
    case 'copy':
      return copy(step)
    case 'remove':
      return rmSync(step.path, { recursive: true, force: true })
    case 'run':
      return run(step)
  }
}

function copy({ from, to, isProgram }: ServiceStep & { readonly type: 'copy' }): void {
  if (!existsSync(from)) {
    throw new FlotillaError('not-built', `there is no ${from}`, {
      hint: 'run `npm start` once in the checkout: it builds what is missing',
    })
  }
  replace(to, (partial) => {
    cpSync(from, partial, { recursive: true, dereference: true })
    if (isProgram) chmodSync(partial, 0o755)
  })
}

/** Never half of it, and what runs goes on with what it had. */
function replace(path: string, write: (partial: string) => void): void {
  const [partial, older] = [`${path}.${process.pid}`, `${path}.${process.pid}.older`]
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 })
  try {
    write(partial)
    if (existsSync(path)) renameSync(path, older)
    renameSync(partial, path)
  } finally {
    for (const left of [partial, older]) rmSync(left, { recursive: true, force: true })
  }
}

function run({ command, mayFail }: ServiceStep & { readonly type: 'run' }): void {
  const [program = '', ...args] = command
  try {
    execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'], timeout: commandMsMax })
  } catch (error) {
    if (mayFail) return
    const hint = 'see `journalctl -u "flotilla@*"`, mend what it says, and install again: what is done is done again'
    throw new FlotillaError('command-failed', `${command.join(' ')} failed`, { cause: error, hint })
  }
}
