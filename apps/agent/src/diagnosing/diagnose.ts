import { accessSync, closeSync, constants, openSync } from 'node:fs'
import { unreachable } from '@flotilla/core/errors'
import { nodeClock } from '@flotilla/core/time/node'
import {
  detectLinuxPort,
  detectWindowsPort,
  diagnosisLines,
  portTrouble,
  type DetectionStep,
  type Dialect,
  type PortListing,
  type WindowsListing,
} from '@flotilla/virtio-agent'
import { chosenWay, readPortListing, readWindowsListing } from '@flotilla/virtio-agent/node'
import { auditStep } from './audit-step.ts'
import { portChoice } from '../running/chosen-port.ts'
import type { AgentSettings } from '../settings/settings.ts'

/** What is looked at; in tests it is another machine. */
export interface DiagnosedMachine {
  readonly platform: NodeJS.Platform
  readonly portListing: () => PortListing
  readonly windowsListing: () => WindowsListing
  /** Opens a port for a moment; throws as the system does. */
  readonly open: (path: string) => void
}

function thisMachine(): DiagnosedMachine {
  const { platform } = process
  return {
    platform,
    portListing: readPortListing,
    windowsListing: readWindowsListing,
    open(path) {
      if (platform !== 'win32') accessSync(path, constants.R_OK | constants.W_OK)
      closeSync(openSync(path, constants.O_RDWR | (constants.O_NONBLOCK ?? 0)))
    },
  }
}

export interface Diagnosis {
  readonly lines: readonly string[]
  readonly hasProblem: boolean
}

/** Looks for the ports as the agent would, and says each step. It opens a port only for a moment. */
export async function diagnose(settings: AgentSettings, machine: DiagnosedMachine = thisMachine()): Promise<Diagnosis> {
  const steps = [
    { title: 'The own dialect', steps: portSteps('own', settings, machine) },
    { title: "The QEMU guest agent's dialect", steps: portSteps('qga', settings, machine) },
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
    lines: [`Node ${process.versions.node} on ${machine.platform}; a device is used through the ${name} way`, ...lines],
    hasProblem: steps.some((part) => part.steps.some(({ outcome }) => outcome === 'problem')),
  }
}

function portSteps(dialect: Dialect, settings: AgentSettings, machine: DiagnosedMachine): readonly DetectionStep[] {
  const name = dialect === 'own' ? 'device' : 'qga-device'
  const choice = portChoice(settings[name])
  const looked = `the setting ${name}`
  switch (choice.type) {
    case 'none':
      return [{ looked, found: ['none: this dialect is not spoken'], outcome: 'fine' }]
    case 'socket':
      return [{ looked, found: [settings[name]], outcome: 'chosen' }]
    case 'device':
      return [{ looked, found: [choice.path], outcome: 'chosen' }, openingStep(choice.path, machine)]
    case 'auto': {
      // There is no list of names on Windows: whether a port is there is seen by opening it.
      if (machine.platform === 'win32') return detectWindowsPort(machine.windowsListing(), dialect).steps
      const { path, steps } = detectLinuxPort(machine.portListing(), dialect)
      return path === undefined ? steps : [...steps, openingStep(path, machine)]
    }
    default:
      return unreachable(choice, 'choice of a port')
  }
}

/** Whether it can be opened now: a port admits one, and our own agent may be running. */
function openingStep(path: string, { open }: DiagnosedMachine): DetectionStep {
  const looked = `opening ${path}`
  try {
    open(path)
    return { looked, found: ['it can be opened'], outcome: 'fine' }
  } catch (error) {
    const { message, hint = '' } = portTrouble(path, error)
    return { looked, found: [message], outcome: 'problem', advice: hint }
  }
}
