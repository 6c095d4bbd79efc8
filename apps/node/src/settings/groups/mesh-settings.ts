import { isIP } from 'node:net'
import { nodeLimitsDefaults } from '../../limits.ts'
import type { SettingsTable } from '../setting.ts'

/** How this node takes part in the mesh, once it is in a cluster. */
export interface MeshSettings {
  readonly 'mesh-port': number
  readonly 'mesh-host': readonly string[]
  readonly advertise: readonly string[]
  readonly peer: readonly string[]
  readonly 'no-beacons': boolean
  readonly 'beacon-port': number
  readonly 'steady-seconds': number
}

const { portsTriedMax, peersGivenMax, addressesGivenMax } = nodeLimitsDefaults

/** Of every node that was not told otherwise, which is what makes a `--peer` easy to name. */
const meshPortUsual = 7_440
/** As the discovery package has it; an app that helps with its flags should not have to load that. */
const beaconPortUsual = 17_996

const hostPort = {
  form: { test: isHostPort },
  mayBe: 'an IP address and a port, as 192.0.2.1:7440 or [2001:db8::1]:7440',
} as const

export const meshSettings: SettingsTable<MeshSettings> = {
  'mesh-port': {
    type: 'whole',
    least: 0,
    most: 65_535,
    placeholder: 'PORT',
    fallback: String(meshPortUsual),
    example: '7450',
    description: `for other nodes, TCP and UDP; 0 is any free one. If you name none, ${portsTriedMax} more are tried`,
  },
  'mesh-host': {
    type: 'list',
    form: { test: (text) => isIP(text) !== 0 },
    mayBe: 'an IP address of this machine',
    most: addressesGivenMax,
    placeholder: 'ADDRESS',
    fallback: '',
    fallbackShown: 'all of them, IPv4 and IPv6',
    example: '192.0.2.1',
    description: 'listen for other nodes on this address only; may be given several times',
  },
  advertise: {
    type: 'list',
    ...hostPort,
    most: addressesGivenMax,
    placeholder: 'HOST:PORT',
    fallback: '',
    fallbackShown: 'the addresses that it has',
    example: '203.0.113.7:7440',
    description:
      'where others reach this node, if not where it listens, as behind a forwarded port; may be given several times',
  },
  peer: {
    type: 'list',
    ...hostPort,
    most: peersGivenMax,
    placeholder: 'HOST:PORT',
    fallback: '',
    fallbackShown: 'none, those nearby are found by beacons',
    example: '192.0.2.2:7440',
    description: 'a node of the same cluster to begin with, as in another network; may be given several times',
    isLive: true,
  },
  'no-beacons': {
    type: 'switch',
    placeholder: '',
    fallback: 'false',
    example: 'true',
    description: 'neither say nor listen in the local networks who is there',
  },
  'beacon-port': {
    type: 'whole',
    least: 1,
    most: 65_535,
    placeholder: 'PORT',
    fallback: String(beaconPortUsual),
    example: '18000',
    description: 'the UDP port of beacons, the same one on all nodes of a cluster',
  },
  'steady-seconds': {
    type: 'whole',
    least: 0,
    most: 3_600,
    placeholder: 'SECONDS',
    fallback: '5',
    example: '30',
    description: 'how long another node must have been there before it may get a vote',
  },
}

/** Whether it leads anywhere is seen later. */
function isHostPort(text: string): boolean {
  const [, bracketed, plain, digits = ''] = /^(?:\[([^\]]+)\]|([\d.]+)):(\d{1,5})$/.exec(text) ?? []
  const port = Number(digits)
  return isIP(bracketed ?? plain ?? '') === (bracketed === undefined ? 4 : 6) && port >= 1 && port <= 65_535
}
