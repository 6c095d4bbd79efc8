import { FlotillaError } from '@flotilla/core/errors'
import type { ProgramRunner } from '../../execution/contract.ts'
import { programAnswer, type ProgramAnswer } from '../../execution/program-answer.ts'
import type { ServiceAct, ServiceManager, ServiceState } from '../ports.ts'
import { serviceLimits } from './limits.ts'
import { said, serviceRefusal } from './refusal.ts'

const { askMsMax, actMsMax, outputBytesMax } = serviceLimits

/** Services as OpenRC has them. What is enabled begins in the runlevel `default`, or in another one. */
export function openrcServiceManager(runner: ProgramRunner): ServiceManager {
  const ask = (path: string, given: readonly string[], ms: number, signal: AbortSignal): Promise<ProgramAnswer> =>
    programAnswer(runner, { path, arguments: given, timeoutMs: ms, outputBytesMax, signal })
  return {
    async list(signal) {
      const [states, levels] = await Promise.all([
        ask('rc-status', ['--servicelist', '--nocolor'], askMsMax, signal),
        ask('rc-update', ['show', '--nocolor'], askMsMax, signal),
      ])
      if (states.exitCode !== 0) throw new FlotillaError('failed', said(states))
      return openrcServices(states.stdout, levels.stdout)
    },
    async act(name, act, signal) {
      const { path, arguments: given } = openrcOrder(name, act)
      const answer = await ask(path, given, actMsMax, signal)
      if (answer.exitCode !== 0) throw serviceRefusal(name, answer)
    },
  }
}

function openrcOrder(name: string, act: ServiceAct): { readonly path: string; readonly arguments: readonly string[] } {
  if (act === 'enable') return { path: 'rc-update', arguments: ['--nocolor', 'add', name, 'default'] }
  if (act === 'disable') return { path: 'rc-update', arguments: ['--nocolor', '--all', 'delete', name] }
  return { path: 'rc-service', arguments: ['--nocolor', name, act] }
}

/** Lines as ` sshd          [  started  ]`, and ` sshd | default`. */
function openrcServices(states: string, levels: string): readonly ServiceState[] {
  const enabled = new Set(
    levels.split('\n').flatMap((line) => {
      const [, name, where = ''] = /^\s*(\S+)\s*\|(.*)$/.exec(line) ?? []
      return name === undefined || where.trim() === '' ? [] : [name]
    }),
  )
  return states.split('\n').flatMap((line): ServiceState[] => {
    const [, name, state = ''] = /^\s*(\S+)\s+\[\s*(\S+)/.exec(line) ?? []
    if (name === undefined) return []
    return [{ name, description: '', state: stateOf(state), isEnabled: enabled.has(name) }]
  })
}

function stateOf(word: string): ServiceState['state'] {
  switch (word) {
    case 'started':
    case 'inactive':
      // `inactive` waits for something, and runs.
      return 'running'
    case 'stopped':
      return 'stopped'
    case 'crashed':
    case 'failed':
      return 'failed'
    case 'starting':
    case 'stopping':
    case 'scheduled':
      return 'changing'
    default:
      return 'unknown'
  }
}
