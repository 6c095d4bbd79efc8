import { FlotillaError } from '@flotilla/core/errors'
import type { ProgramRunner } from '../../execution/contract.ts'
import { programAnswer, type ProgramAnswer } from '../../execution/program-answer.ts'
import type { ServiceAct, ServiceManager, ServiceState } from '../ports.ts'
import { serviceLimits } from './limits.ts'
import { said, serviceRefusal } from './refusal.ts'
import { systemdServices } from './systemd-answers.ts'

const { askMsMax, actMsMax, outputBytesMax } = serviceLimits
const plain = ['--no-pager', '--plain', '--no-legend', '--full', '--no-ask-password'] as const

/** Services as systemd has them; their names have no `.service`. */
export function systemdServiceManager(runner: ProgramRunner): ServiceManager {
  const ask = (given: readonly string[], timeoutMs: number, signal: AbortSignal): Promise<ProgramAnswer> =>
    programAnswer(runner, { path: 'systemctl', arguments: given, timeoutMs, outputBytesMax, signal })
  const listed = async (what: readonly string[], signal: AbortSignal): Promise<string> => {
    const answer = await ask([...what, '--type=service', ...plain], askMsMax, signal)
    if (answer.exitCode !== 0) throw new FlotillaError('failed', said(answer))
    return answer.stdout
  }
  return {
    async list(signal): Promise<readonly ServiceState[]> {
      const [units, files] = await Promise.all([
        listed(['list-units', '--all'], signal),
        listed(['list-unit-files'], signal),
      ])
      return systemdServices(units, files)
    },
    async act(name, act, signal) {
      const answer = await ask(systemdOrder(name, act), actMsMax, signal)
      if (answer.exitCode !== 0) throw serviceRefusal(name, answer)
    },
  }
}

/** Units of other kinds are no services: to start some of them is to turn the machine off. */
const otherKinds = /\.(target|socket|device|mount|automount|swap|timer|path|slice|scope|snapshot)$/

function systemdOrder(name: string, act: ServiceAct): readonly string[] {
  if (otherKinds.test(name)) throw new FlotillaError('wrong-arguments', `${name} is no service`)
  const unit = name.endsWith('.service') ? name : `${name}.service`
  return [act, '--no-pager', '--no-ask-password', '--quiet', '--', unit]
}
