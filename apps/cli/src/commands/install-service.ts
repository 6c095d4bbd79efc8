import { realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { FlotillaError } from '@flotilla/core/errors'
import { exitCodes } from '../exit-codes.ts'
import { performSteps } from '../service/service-installing.ts'
import { installPlan, uninstallPlan } from '../service/service-plan.ts'
import { stepText, type ServiceStep } from '../service/service-steps.ts'
import { shown, wrongUsage, type Call, type Command, type Option, type Result } from './command.ts'

const dryRunOption: Option = {
  name: 'dry-run',
  placeholder: '',
  description: 'say what would be done, and do nothing',
}

const nameForm = /^[a-z_][a-z0-9_-]{0,30}$/

export const installServiceCommand: Command = {
  name: 'install-service',
  summary: 'has systemd run a node on this machine, as a service that may write in one folder only',
  usage: 'flotilla install-service [INSTANCE] [--user USER] [--dry-run]',
  examples: [
    ['flotilla install-service', 'flotilla@main, on /var/lib/flotilla/main'],
    ['flotilla install-service --dry-run', 'what that would do'],
  ],
  options: [
    { name: 'user', placeholder: 'USER', description: 'whom it runs as, made if there is none; default: flotilla' },
    dryRunOption,
  ],
  isLocal: true,
  words: { least: 0, most: 1 },
  run(call) {
    const instance = named('INSTANCE', call.words[0] ?? 'main')
    const user = named('--user', call.options.get('user') ?? 'flotilla')
    const root = fileURLToPath(new URL('../../../../', import.meta.url))
    const sqlite = createRequire(`${root}apps/node/package.json`).resolve('better-sqlite3/package.json')
    const facts = { root, interpreter: realpathSync(process.execPath), sqlite: dirname(sqlite), user, instance }
    return carryOut(
      call,
      installPlan(facts),
      `flotilla@${instance} runs: see \`systemctl status flotilla@${instance}\`.`,
    )
  },
}

export const uninstallServiceCommand: Command = {
  name: 'uninstall-service',
  summary: 'takes the service away; what nodes keep in /var/lib/flotilla and their settings stay',
  usage: 'flotilla uninstall-service [--dry-run]',
  examples: [['flotilla uninstall-service', 'stops every node that systemd runs here, and forgets them']],
  options: [dryRunOption],
  isLocal: true,
  words: { least: 0, most: 0 },
  run: (call) =>
    carryOut(call, uninstallPlan(), 'The service is gone; /var/lib/flotilla and /etc/flotilla are as they were.'),
}

async function carryOut(call: Call, steps: readonly ServiceStep[], end: string): Promise<Result> {
  if (call.options.has('dry-run')) {
    const lines = steps.flatMap((step) => [stepText(step), ...(step.type === 'write' ? indented(step.text) : [])])
    return await Promise.resolve({ exitCode: exitCodes.ok, lines, document: { steps } })
  }
  if (process.platform !== 'linux') {
    throw new FlotillaError('no-systemd', 'there is no systemd here', {
      hint: 'run `flotilla up` by what starts services',
    })
  }
  if (process.getuid?.() !== 0) {
    throw new FlotillaError('not-root', 'only root can do that', { hint: 'call it again as root, or with --dry-run' })
  }
  performSteps(steps, (text) => call.say([['  ', { tone: 'quiet', text }]], { done: text }))
  return { exitCode: exitCodes.ok, lines: [end], document: { done: true } }
}

function indented(text: string): readonly string[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `    ${line}`)
}

/** It becomes a part of paths and names of services. */
function named(what: string, text: string): string {
  if (nameForm.test(text)) return text
  throw wrongUsage(
    `${what} is ${shown(text)}`,
    'it must be a small letter, then up to 30 small letters, digits, "-" or "_"',
  )
}
