import { accessSync, closeSync, constants, openSync } from 'node:fs'
import { unreachable } from '@flotilla/core/errors'
import { nodeClock } from '@flotilla/core/time/node'
import { diagnosisLines, portTrouble, type DetectionStep, type Dialect } from '@flotilla/virtio-agent'
import { chosenWay } from '@flotilla/virtio-agent/node'
import { auditStep } from './audit-step.ts'
import { detection, portChoice } from '../running/chosen-port.ts'
import type { AgentSettings } from '../settings/settings.ts'

export interface Diagnosis {
  readonly lines: readonly string[]
  readonly hasProblem: boolean
}

/** Looks for the ports as the agent would, and says each step. It opens a port only for a moment. */
export async function diagnose(settings: AgentSettings): Promise<Diagnosis> {
  const steps = [
    { title: 'The own dialect', steps: portSteps('own', settings) },
    { title: "The QEMU guest agent's dialect", steps: portSteps('qga', settings) },
    { title: 'The audit log', steps: [await auditStep(settings['audit-folder'])] },
  ]
  const way = settings['port-way'] === 'auto' ? {} : { way: settings['port-way'] }
  const { name } = chosenWay({ path: '', clock: nodeClock(), ...way })
  const lines = steps.flatMap((part) => [
    '',
    `${part.title}:`,
    ...diagnosisLines(part.steps).map((line) => `  ${line}`),
  ])
  return {
    lines: [`Node ${process.versions.node} on ${process.platform}; a device is used through the ${name} way`, ...lines],
    hasProblem: steps.some((part) => part.steps.some(({ outcome }) => outcome === 'problem')),
  }
}

function portSteps(dialect: Dialect, settings: AgentSettings): readonly DetectionStep[] {
  const name = dialect === 'own' ? 'device' : 'qga-device'
  const choice = portChoice(settings[name])
  const looked = `the setting ${name}`
  switch (choice.type) {
    case 'none':
      return [{ looked, found: ['none: this dialect is not spoken'], outcome: 'fine' }]
    case 'socket':
      return [{ looked, found: [settings[name]], outcome: 'chosen' }]
    case 'device':
      return [{ looked, found: [choice.path], outcome: 'chosen' }, openingStep(choice.path)]
    case 'auto': {
      const { path, steps } = detection(dialect)
      return path === undefined ? steps : [...steps, openingStep(path)]
    }
    default:
      return unreachable(choice, 'choice of a port')
  }
}

/** Whether it can be opened now: a port admits one, and our own agent may be running. */
function openingStep(path: string): DetectionStep {
  const looked = `opening ${path}`
  try {
    if (process.platform !== 'win32') accessSync(path, constants.R_OK | constants.W_OK)
    closeSync(openSync(path, constants.O_RDWR | (constants.O_NONBLOCK ?? 0)))
    return { looked, found: ['it can be opened'], outcome: 'fine' }
  } catch (error) {
    const { message, hint = '' } = portTrouble(path, error)
    return { looked, found: [message], outcome: 'problem', advice: hint }
  }
}
