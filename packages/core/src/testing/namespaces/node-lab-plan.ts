import { addressCommands, firstHost, routeCommands, routerHost, type Machine } from './machine.ts'
import { ipBatch, systemTool } from './node-system-tool.ts'

export interface LabPlan {
  /**
   * How many machines stand in each network. Several networks are joined by a router, which hands on what is sent to
   * one address, and neither multicast nor broadcast.
   */
  readonly networks: readonly number[]
}

/** A laboratory's namespaces: its machines, one that holds the switches, and the router. */
export interface LabLayout {
  readonly machines: readonly Machine[]
  readonly switches: string
  /** Undefined where there is one network alone. */
  readonly router: string | undefined
}

export function layoutOf(plan: LabPlan, nameOf: (part: string) => string): LabLayout {
  const networks = plan.networks.flatMap((count, network) => Array.from({ length: count }, () => network))
  const machines = networks.map((network, index) => {
    const name = `m${index + 1}`
    return { name, namespace: nameOf(name), network }
  })
  return { machines, switches: nameOf('switches'), router: plan.networks.length > 1 ? nameOf('router') : undefined }
}

export function namespacesOf({ machines, switches, router }: LabLayout): readonly string[] {
  return [...machines.map(({ namespace }) => namespace), switches, ...(router === undefined ? [] : [router])]
}

/** The cable's end at the switch. */
export function portOf(machine: Machine): string {
  return `to-${machine.name}`
}

/** The host number of each machine: counted through, so that no two share one even in different networks. */
export function hostOf(layout: LabLayout, machine: Machine): number {
  return firstHost + layout.machines.indexOf(machine)
}

/** Makes all of it. Nothing touches the network of this machine itself: cables are made with both ends in place. */
export async function build(layout: LabLayout): Promise<void> {
  const { machines, switches, router } = layout
  const networks = [...new Set(machines.map(({ network }) => network))]
  const all = namespacesOf(layout)
  await ipBatch(all.map((namespace) => `netns add ${namespace}`))
  await Promise.all(all.map((namespace) => tune(namespace, namespace === router)))
  const legs = router === undefined ? [] : networks
  await ipBatch([
    ...machines.map((machine) => cable([machine.namespace, 'eth0'], [switches, portOf(machine)])),
    ...legs.map((network) => cable([router ?? '', `eth${network}`], [switches, `to-r${network}`])),
  ])
  await ipBatch(
    [
      ...networks.flatMap(bridgeCommands),
      ...machines.map((machine) => `link set ${portOf(machine)} master br${machine.network} up`),
      ...legs.map((network) => `link set to-r${network} master br${network} up`),
    ],
    switches,
  )
  await Promise.all(machines.map((machine) => ipBatch(machineCommands(layout, machine), machine.namespace)))
  if (router !== undefined) await ipBatch(networks.flatMap(legCommands), router)
}

/** What the kernel does by itself in a new namespace and a laboratory does not want. */
async function tune(namespace: string, forwards: boolean): Promise<void> {
  const values: readonly (readonly [string, number])[] = [
    ['net/ipv6/conf/default/accept_dad', 0],
    ['net/ipv6/conf/default/accept_ra', 0],
    // Addresses come from us alone.
    ['net/ipv6/conf/default/addr_gen_mode', 1],
    ['net/ipv4/ip_forward', forwards ? 1 : 0],
    ['net/ipv6/conf/all/forwarding', forwards ? 1 : 0],
  ]
  const script = values.map(([name, value]) => `echo ${value} > /proc/sys/${name}`).join(' && ')
  await systemTool('ip', ['netns', 'exec', namespace, 'sh', '-c', script])
}

function cable([one, oneName]: readonly [string, string], [other, otherName]: readonly [string, string]): string {
  return `link add ${oneName} netns ${one} type veth peer name ${otherName} netns ${other}`
}

/** A switch that floods multicast: who joined a group is nothing that a test should have to wait for. */
function bridgeCommands(network: number): readonly string[] {
  return [`link add br${network} type bridge stp_state 0 mcast_snooping 0`, `link set br${network} up`]
}

function machineCommands(layout: LabLayout, machine: Machine): readonly string[] {
  const { network } = machine
  return [
    'link set lo up',
    'link set eth0 up',
    ...addressCommands('eth0', network, hostOf(layout, machine)),
    ...(layout.router === undefined ? [] : routeCommands('eth0', network)),
  ]
}

function legCommands(network: number): readonly string[] {
  const device = `eth${network}`
  return ['link set lo up', `link set ${device} up`, ...addressCommands(device, network, routerHost)]
}
