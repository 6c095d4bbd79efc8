import type { Detection, DetectionStep } from './detection.ts'
import { bestFirst, ownPortNames, wantedNames, type Dialect } from './port-names.ts'
import { portModules, type DeviceFacts, type PortListing } from './port-listing.ts'

const linksFolder = '/dev/virtio-ports'
const namesFolder = '/sys/class/virtio-ports'

/**
 * Finds the port of a dialect: udev's links by name, then the names that the kernel tells (a small guest has no udev),
 * then a device without any name if there is only one. A port that has another's name is never taken.
 */
export function detectLinuxPort(listing: PortListing, dialect: Dialect): Detection {
  const looks = [linksLook, namesLook, ...(dialect === 'own' ? [devicesLook] : [])]
  const steps: DetectionStep[] = [modulesStep(listing)]
  for (const look of looks) {
    const { path, step } = look(listing, dialect)
    steps.push(step)
    if (path !== undefined) return { path, steps: [...steps, rightsStep(listing, path)] }
  }
  const [name, flag] = dialect === 'own' ? [ownPortNames[0], '--device'] : ['org.qemu.guest_agent.0', '--qga-device']
  const advice = `give the virtual machine a virtserialport with name=${name}, or name a device with ${flag}`
  steps.push({ looked: 'a port to open', found: [], outcome: 'problem', advice })
  return { path: undefined, steps }
}

interface Look {
  readonly path: string | undefined
  readonly step: DetectionStep
}

function linksLook({ links }: PortListing, dialect: Dialect): Look {
  const looked = `${linksFolder} for ${wantedNames(dialect)}`
  if (links === undefined) {
    return nothing(looked, [], `${linksFolder} is made by udev; without it the names in ${namesFolder} are read`)
  }
  const found = links.map(({ name, device }) => `${name} -> ${device ?? 'a device that is not there'}`)
  const whole = links.filter(({ device }) => device !== undefined).map(({ name }) => name)
  const [best] = bestFirst(dialect, whole)
  return best === undefined ? nothing(looked, found) : chosen(looked, found, `${linksFolder}/${best}`)
}

function namesLook({ named }: PortListing, dialect: Dialect): Look {
  const looked = `${namesFolder}/*/name for ${wantedNames(dialect)}`
  if (named === undefined) return nothing(looked, [], `there is no ${namesFolder}: load the module virtio_console`)
  const found = named.map(({ device, name }) => `${device} is ${name === '' ? 'without a name' : name}`)
  const names = named.map(({ name }) => name)
  const [best] = bestFirst(dialect, names)
  const port = named.find(({ name }) => name === best)
  return port === undefined ? nothing(looked, found) : chosen(looked, found, `/dev/${port.device}`)
}

/** A console has no name either, hence no guess where there are several. */
function devicesLook({ devices, named = [] }: PortListing): Look {
  const looked = '/dev/vport*p* for one that has no name'
  const nameOf = (path: string): string => named.find(({ device }) => `/dev/${device}` === path)?.name ?? ''
  const found = devices.map(({ path }) => `${path}${nameOf(path) === '' ? '' : ` is ${nameOf(path)}`}`)
  const nameless = devices.filter(({ path }) => nameOf(path) === '')
  const [only] = nameless
  if (only === undefined) return nothing(looked, found)
  if (nameless.length === 1) return chosen(looked, found, only.path)
  return nothing(looked, found, 'several ports have no name: say with --device which one is meant')
}

function chosen(looked: string, found: readonly string[], path: string): Look {
  return { path, step: { looked, found, outcome: 'chosen' } }
}

function nothing(looked: string, found: readonly string[], advice?: string): Look {
  return { path: undefined, step: { looked, found, outcome: 'nothing', ...(advice === undefined ? {} : { advice }) } }
}

/** Modules that are built in are not always told as such; that there are ports at all says more. */
function modulesStep({ modules, named }: PortListing): DetectionStep {
  const missing = portModules.filter((name) => !modules.includes(name))
  const found = portModules.map((name) => `${name} ${missing.includes(name) ? 'is not seen' : 'is there'}`)
  const looked = 'the kernel modules of virtio ports'
  if (missing.length === 0 || named !== undefined) return { looked, found, outcome: 'fine' }
  return { looked, found, outcome: 'problem', advice: `load them: modprobe -a ${missing.join(' ')}` }
}

function rightsStep({ devices, links, userId }: PortListing, path: string): DetectionStep {
  const device = links?.find(({ name }) => `${linksFolder}/${name}` === path)?.device ?? path
  const facts = devices.find((candidate) => candidate.path === device)
  const looked = `the permissions of ${device}`
  if (facts === undefined) {
    return { looked, found: [], outcome: 'problem', advice: 'there is no such device: is /dev a devtmpfs?' }
  }
  const found = [`${rightsText(facts)}; we are user ${userId}`]
  if (facts.isOurs) return { looked, found, outcome: 'fine' }
  const advice = 'run the agent as root, or let `flotilla-agent install` write a udev rule for its user'
  return { looked, found, outcome: 'problem', advice }
}

function rightsText({ mode, userId, groupId }: DeviceFacts): string {
  return `${mode} of user ${userId} and group ${groupId}`
}
