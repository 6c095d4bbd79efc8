import { nodeLimitsDefaults } from '../limits.ts'

/** What a text has to be to become the value of a setting. */
type SettingType =
  | { readonly type: 'text'; readonly form: RegExp; readonly mayBe: string }
  | { readonly type: 'whole'; readonly least: number; readonly most: number }
  | { readonly type: 'switch' }
  /** Given any number of times; in the environment once, with commas between. Its fallback is none. */
  | { readonly type: 'list'; readonly form: RegExp; readonly mayBe: string; readonly most: number }

export type Setting = SettingType & {
  /** As a flag, `--name`. */
  readonly name: keyof Settings
  /** How `--help` shows the value. */
  readonly placeholder: string
  /** What stands in for a value that is not given; as text, it goes through the same checks. */
  readonly fallback: string
  /** How `--help` shows the fallback, where that differs from machine to machine. */
  readonly fallbackShown?: string
  readonly description: string
  /** The environment variable; a flag wins over it. */
  readonly environment?: string
}

export interface Settings {
  readonly data: string
  readonly port: number
  readonly host: string
  readonly name: string
  readonly 'mesh-port': number
  readonly 'mesh-host': readonly string[]
  readonly advertise: readonly string[]
  readonly peer: readonly string[]
  readonly 'no-beacons': boolean
  readonly 'beacon-port': number
  readonly 'blob-key': string
  readonly 'process-control': string
  readonly 'vm-channels': readonly string[]
  readonly 'vm-key': string
  readonly json: boolean
  readonly help: boolean
}

const { nameLengthMax, portsTriedMax, peersGivenMax, addressesGivenMax, vmPatternsMax } = nodeLimitsDefaults
const nameForm = new RegExp(`^[A-Za-z0-9][A-Za-z0-9._-]{0,${nameLengthMax - 1}}$`)

/** Of every node that was not told otherwise, which is what makes a `--peer` easy to name. */
const meshPortUsual = 7_440
/** As the discovery package has it; an app that helps with its flags should not have to load that. */
const beaconPortUsual = 17_996
/** An IPv4 address, or an IPv6 address in brackets; then a port. Whether it leads anywhere is seen later. */
const hostPortForm = /^(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-fA-F.:]+(%[\w.-]+)?\]):\d{1,5}$/

/** The one list of settings: reading them, checking them, `--help` and the README's table follow from it. */
export function settingsOf(hostName: string): readonly Setting[] {
  return [
    {
      name: 'data',
      type: 'text',
      form: /^[^\0]+$/,
      mayBe: 'the path of a folder',
      placeholder: 'FOLDER',
      fallback: '.flotilla/node',
      description: 'where the node keeps everything; made if it is missing, used by one node at a time',
      environment: 'FLOTILLA_DATA',
    },
    {
      name: 'port',
      type: 'whole',
      least: 0,
      most: 65_535,
      placeholder: 'PORT',
      fallback: '7400',
      description: `of its page and API; 0 is any free one. If you name none, the next ${portsTriedMax} are tried too`,
      environment: 'FLOTILLA_PORT',
    },
    {
      name: 'host',
      type: 'text',
      form: /^(127\.0\.0\.1|::1|localhost)$/,
      mayBe: '127.0.0.1, ::1 or localhost; from other machines it needs logins, which do not exist yet',
      placeholder: 'ADDRESS',
      fallback: '127.0.0.1',
      description: 'the address to listen on; only this machine itself for now',
      environment: 'FLOTILLA_HOST',
    },
    {
      name: 'name',
      type: 'text',
      form: nameForm,
      mayBe: `1 to ${nameLengthMax} letters, digits, ".", "_" and "-", a letter or digit first`,
      placeholder: 'NAME',
      fallback: nameFrom(hostName),
      fallbackShown: "the machine's name",
      description: 'what people call the node',
      environment: 'FLOTILLA_NAME',
    },
    ...meshSettings,
    ...keepingSettings,
    ...vmSettings,
    {
      name: 'json',
      type: 'switch',
      placeholder: '',
      fallback: 'false',
      description: 'say what there is to say as JSON, one object a line',
      environment: 'FLOTILLA_JSON',
    },
    { name: 'help', type: 'switch', placeholder: '', fallback: 'false', description: 'this text' },
  ]
}

/** What it keeps, and what others may do here. */
const keepingSettings: readonly Setting[] = [
  {
    name: 'blob-key',
    type: 'text',
    form: /^[^\0]*$/,
    mayBe: 'the path of a file',
    placeholder: 'FILE',
    fallback: '',
    fallbackShown: 'blobs.key in the data folder',
    description: 'what opens the blobs that this node keeps; made with the first of them, and never again',
    environment: 'FLOTILLA_BLOB_KEY',
  },
  {
    name: 'process-control',
    type: 'text',
    form: /^(own|operators|nodes)$/,
    mayBe: 'own, operators or nodes',
    placeholder: 'WHO',
    fallback: 'operators',
    description: "who may end processes here, besides this machine's people: no other node, those of operators, all",
    environment: 'FLOTILLA_PROCESS_CONTROL',
  },
]

/** How this node looks into the virtual machines on it. */
const vmSettings: readonly Setting[] = [
  {
    name: 'vm-channels',
    type: 'list',
    form: /^(auto|off|(own:|qga:)?([A-Za-z0-9_][A-Za-z0-9_.:@+-]{0,127}=)?\/[^\0]+)$/,
    mayBe:
      'auto, off, a path with {vm} in it such as /run/vms/{vm}.sock, or NAME=PATH; own: or qga: may stand before it',
    most: vmPatternsMax,
    placeholder: 'PATTERN',
    fallback: '',
    fallbackShown: 'auto, which looks where libvirt has them',
    description: 'sockets that lead to the agents of virtual machines; may be given several times',
    environment: 'FLOTILLA_VM_CHANNELS',
  },
  {
    name: 'vm-key',
    type: 'text',
    form: /^[^\0]*$/,
    mayBe: 'the path of a file',
    placeholder: 'FILE',
    fallback: '',
    fallbackShown: 'made once, in the data folder',
    description: 'signs what is run in virtual machines: 64 hexadecimal digits; see `flotilla vm key`',
    environment: 'FLOTILLA_VM_KEY',
  },
]

/** How this node takes part in the mesh, once it is in a cluster. */
const meshSettings: readonly Setting[] = [
  {
    name: 'mesh-port',
    type: 'whole',
    least: 0,
    most: 65_535,
    placeholder: 'PORT',
    fallback: String(meshPortUsual),
    description: `for other nodes, TCP and UDP; 0 is any free one. If you name none, ${portsTriedMax} more are tried`,
    environment: 'FLOTILLA_MESH_PORT',
  },
  {
    name: 'mesh-host',
    type: 'list',
    form: /^[0-9a-fA-F.:]+(%[\w.-]+)?$/,
    mayBe: 'an IP address of this machine',
    most: addressesGivenMax,
    placeholder: 'ADDRESS',
    fallback: '',
    fallbackShown: 'all of them, IPv4 and IPv6',
    description: 'listen for other nodes on this address only; may be given several times',
    environment: 'FLOTILLA_MESH_HOST',
  },
  {
    name: 'advertise',
    type: 'list',
    form: hostPortForm,
    mayBe: 'an IP address and a port, as 192.0.2.1:7440 or [2001:db8::1]:7440',
    most: addressesGivenMax,
    placeholder: 'HOST:PORT',
    fallback: '',
    fallbackShown: 'the addresses that it has',
    description: 'where others reach this node, if not where it listens; may be given several times',
    environment: 'FLOTILLA_ADVERTISE',
  },
  {
    name: 'peer',
    type: 'list',
    form: hostPortForm,
    mayBe: 'an IP address and a port, as 192.0.2.1:7440 or [2001:db8::1]:7440',
    most: peersGivenMax,
    placeholder: 'HOST:PORT',
    fallback: '',
    fallbackShown: 'none, those nearby are found by beacons',
    description: 'a node of the same cluster to begin with, as in another network; may be given several times',
    environment: 'FLOTILLA_PEER',
  },
  {
    name: 'no-beacons',
    type: 'switch',
    placeholder: '',
    fallback: 'false',
    description: 'neither say nor listen in the local networks who is there',
    environment: 'FLOTILLA_NO_BEACONS',
  },
  {
    name: 'beacon-port',
    type: 'whole',
    least: 1,
    most: 65_535,
    placeholder: 'PORT',
    fallback: String(beaconPortUsual),
    description: 'the UDP port of beacons, the same one on all nodes of a cluster',
    environment: 'FLOTILLA_BEACON_PORT',
  },
]

/** The nearest valid name: a machine may be called almost anything. */
function nameFrom(hostName: string): string {
  const plain = hostName.replaceAll(/[^A-Za-z0-9._-]/g, '-').replace(/^[^A-Za-z0-9]+/, '')
  return plain.slice(0, nameLengthMax) || 'node'
}
