import type { Detection, DetectionStep } from './detection.ts'
import { ownPortNames, type Dialect } from './port-names.ts'

/** A virtio-serial controller as Windows lists it. */
export interface WindowsController {
  /** `PCI\VEN_1AF4&DEV_1003&SUBSYS_00031AF4&REV_00\3&13C0B0C5&0&28` */
  readonly instance: string
  /** The driver's service, `VirtioSerial`; undefined where no driver has taken it. */
  readonly service: string | undefined
}

/** What opening `\\.\Global\NAME` came to. */
export type WindowsOpening = 'opened' | 'missing' | 'busy' | 'denied' | 'failed'

export interface WindowsListing {
  /** What `reg query HKLM\SYSTEM\CurrentControlSet\Enum\PCI /s` or `pnputil /enum-devices` printed. */
  readonly devices: string
  readonly opening: (path: string) => WindowsOpening
}

const vendor = 'VEN_1AF4'
/** The transitional virtio console, the modern one, and what some hypervisors call theirs. */
const serialDevices = ['DEV_1003', 'DEV_1043', 'DEV_1044'] as const
const qgaName = 'org.qemu.guest_agent.0'

/** The path under which the driver offers a port. */
export function windowsPortPath(name: string): string {
  return `\\\\.\\Global\\${name}`
}

export function detectWindowsPort(listing: WindowsListing, dialect: Dialect): Detection {
  const controllers = windowsControllers(listing.devices)
  const steps: DetectionStep[] = [controllersStep(controllers)]
  for (const name of dialect === 'own' ? ownPortNames : [qgaName]) {
    const path = windowsPortPath(name)
    const step = { looked: path, ...openings[listing.opening(path)] }
    steps.push(step)
    if (step.outcome !== 'nothing') return { path, steps }
  }
  const [name, flag] = dialect === 'own' ? [ownPortNames[0], '--device'] : [qgaName, '--qga-device']
  const advice = `give the virtual machine a virtserialport with name=${name}, or name a device with ${flag}`
  // Without a controller there is something else to do first.
  if (controllers.some(({ service }) => service !== undefined)) {
    steps.push({ looked: 'a port to open', found: [], outcome: 'problem', advice })
  }
  return { path: undefined, steps }
}

/**
 * Controllers in the text of `reg query … /s` (a line for each key, then its values) or `pnputil /enum-devices` (blocks
 * of `Name: value`, whose names are in the language of the system, so only values are looked at).
 */
export function windowsControllers(text: string): readonly WindowsController[] {
  const found = new Map<string, WindowsController>()
  let instance: string | undefined
  for (const line of text.split(/\r?\n/)) {
    const next = instanceIn(line)
    // A block ends where another begins, or with an empty line.
    if (next !== undefined || line.trim() === '' || /^HKEY_/i.test(line)) instance = next
    if (instance === undefined) continue
    const service = serviceIn(line) ?? found.get(instance)?.service
    found.set(instance, { instance, service })
  }
  return [...found.values()]
}

/** Keys below an instance, as `…\Device Parameters`, belong to it. Lists of hardware ids look alike, and are not it. */
function instanceIn(line: string): string | undefined {
  const match = /(?:^HKEY_.*\\Enum\\|:\s*)PCI\\(VEN_[0-9A-F]{4}&DEV_[0-9A-F]{4}[^\\\s]*)\\([^\\\s]+)/i.exec(line)
  const [, device = '', place = ''] = match ?? []
  const [ven, dev] = device.toUpperCase().split('&')
  if (ven !== vendor || !serialDevices.some((known) => known === dev)) return undefined
  return `PCI\\${device}\\${place}`.toUpperCase()
}

function serviceIn(line: string): string | undefined {
  return /^\s+Service\s+REG_SZ\s+(\S+)/i.exec(line)?.[1] ?? /:\s*(vioser|VirtioSerial)\b/i.exec(line)?.[1]
}

function controllersStep(controllers: readonly WindowsController[]): DetectionStep {
  const looked = `PCI devices with ${vendor} and ${serialDevices.join(', ')}`
  const found = controllers.map(({ instance, service }) => `${instance} has ${service ?? 'no driver'}`)
  if (controllers.some(({ service }) => service !== undefined)) return { looked, found, outcome: 'fine' }
  const advice =
    controllers.length > 0
      ? 'install the driver vioserial from the virtio-win disk'
      : 'give the virtual machine a virtio-serial controller and a port'
  return { looked, found, outcome: 'problem', advice }
}

const openings: Readonly<Record<WindowsOpening, Omit<DetectionStep, 'looked'>>> = {
  opened: { found: ['it can be opened'], outcome: 'chosen' },
  busy: {
    found: ['another program has it open'],
    outcome: 'problem',
    advice: 'stop the other one (often the service QEMU-GA): a port admits one',
  },
  denied: {
    found: ['this user may not open it'],
    outcome: 'problem',
    advice: 'run the agent as LocalSystem, as the installed service does',
  },
  failed: {
    found: ['it cannot be opened, for a reason that is not known'],
    outcome: 'problem',
    advice: 'look at the device in the Device Manager, and at the log of the agent',
  },
  missing: { found: [], outcome: 'nothing' },
}
