/** What a text has to be to become the value of a setting. */
type SettingType =
  | { readonly type: 'text'; readonly form: RegExp; readonly mayBe: string }
  | { readonly type: 'whole'; readonly least: number; readonly most: number }
  | { readonly type: 'choice'; readonly choices: readonly string[] }
  | { readonly type: 'switch' }
  /** One line for each value; none by default. */
  | { readonly type: 'list'; readonly form: RegExp; readonly mayBe: string; readonly most: number }

export type Setting = SettingType & {
  readonly name: keyof AgentSettings
  /** What stands in for a value that is not given; as text, it goes through the same checks. */
  readonly fallback: string
  readonly description: string
  /** Whether a change while the agent runs takes effect at once; for the others it says that it has to start again. */
  readonly isLive?: true
}

export type LogLevelName = 'debug' | 'info' | 'warn' | 'error'

export interface AgentSettings {
  readonly device: string
  readonly 'qga-device': string
  readonly 'port-way': 'auto' | 'pipe-handle' | 'blocking-read'
  readonly guest: string
  readonly 'metrics-interval-ms': number
  readonly 'metrics-detail': 'brief' | 'full'
  readonly 'log-level': LogLevelName
  readonly 'log-json': boolean
  readonly 'shared-key-file': string
  readonly 'allow-unsafe': boolean
  readonly 'trusted-key': readonly string[]
  readonly folder: readonly string[]
  readonly 'writable-folder': readonly string[]
  readonly 'qga-allowed': readonly string[]
  readonly 'qga-blocked': readonly string[]
  readonly 'qga-files': boolean
  readonly 'qga-exec': boolean
  readonly 'audit-folder': string
}

const deviceForm = /^(auto|none|\/[^\0]+|\\\\\.\\[^\0]+|unix:[^\0]+|listen:[^\0]+|tcp:[^\s:]+:\d{1,5})$/
const deviceMayBe = 'auto, none, the path of a device, unix:PATH, listen:PATH or tcp:HOST:PORT'
const pathForm = /^\/[^\0]*$|^[A-Za-z]:\\[^\0]*$/
const pathMayBe = 'the absolute path of a folder'
const commandForm = /^guest-[a-z-]{1,40}$/
const commandMayBe = 'the name of a command, as guest-exec'

export const settingLimits = {
  foldersMax: 64,
  keysMax: 16,
  commandsMax: 64,
  fileBytesMax: 262_144,
} as const

/** The one list of settings: reading them, checking them and `--help` follow from it. */
export const settingTable: readonly Setting[] = [
  {
    name: 'device',
    type: 'text',
    form: deviceForm,
    mayBe: deviceMayBe,
    fallback: 'auto',
    description: 'the port of our own dialect; auto looks for it, none does without',
  },
  {
    name: 'qga-device',
    type: 'text',
    form: deviceForm,
    mayBe: deviceMayBe,
    fallback: 'auto',
    description: "the port of the QEMU guest agent's dialect",
  },
  {
    name: 'port-way',
    type: 'choice',
    choices: ['auto', 'pipe-handle', 'blocking-read'],
    fallback: 'auto',
    description: 'how a device is read; auto takes the pipe handle where this Node has it',
  },
  {
    name: 'guest',
    type: 'text',
    form: /^([A-Za-z0-9][A-Za-z0-9._-]{0,63})?$/,
    mayBe: '1 to 64 letters, digits, ".", "_" and "-", a letter or digit first',
    fallback: '',
    description: 'its name for itself, which signed orders name too; the machine id if it is empty',
  },
  {
    name: 'metrics-interval-ms',
    type: 'whole',
    least: 1_000,
    most: 3_600_000,
    fallback: '30000',
    description: 'how often metrics are sent; the host may ask for another pace',
    isLive: true,
  },
  {
    name: 'metrics-detail',
    type: 'choice',
    choices: ['brief', 'full'],
    fallback: 'brief',
    description: 'full has the busiest processes too',
    isLive: true,
  },
  {
    name: 'log-level',
    type: 'choice',
    choices: ['debug', 'info', 'warn', 'error'],
    fallback: 'info',
    description: 'what is logged, and all above it',
    isLive: true,
  },
  {
    name: 'log-json',
    type: 'switch',
    fallback: 'false',
    description: 'log one JSON object a line',
  },
  ...trustSettings(),
]

/** What the host may do in the guest. */
function trustSettings(): readonly Setting[] {
  return [
    {
      name: 'shared-key-file',
      type: 'text',
      form: /^$|^\/[^\0]+$|^[A-Za-z]:\\[^\0]+$/,
      mayBe: 'the absolute path of a file with 64 hexadecimal digits that only its owner may read',
      fallback: '',
      description: 'a key that signs and seals the own dialect; hosts that have it not are refused then',
    },
    {
      name: 'allow-unsafe',
      type: 'switch',
      fallback: 'false',
      description: 'let the host run any program, if a trusted key has signed the order',
    },
    {
      name: 'trusted-key',
      type: 'list',
      form: /^[0-9a-f]{64}$/,
      mayBe: 'an Ed25519 public key as 64 hexadecimal digits',
      most: settingLimits.keysMax,
      fallback: '',
      description: 'who may sign unsafe orders; one line each',
    },
    {
      name: 'folder',
      type: 'list',
      form: pathForm,
      mayBe: pathMayBe,
      most: settingLimits.foldersMax,
      fallback: '',
      description: 'what the host may read files in; one line each',
    },
    {
      name: 'writable-folder',
      type: 'list',
      form: pathForm,
      mayBe: pathMayBe,
      most: settingLimits.foldersMax,
      fallback: '',
      description: 'what the host may write files in, and read; one line each',
    },
    ...qgaSettings(),
    {
      name: 'audit-folder',
      type: 'text',
      form: pathForm,
      mayBe: pathMayBe,
      fallback: process.platform === 'win32' ? 'C:\\ProgramData\\flotilla-agent' : '/var/lib/flotilla-agent',
      description: 'where every command is written down',
    },
  ]
}

function qgaSettings(): readonly Setting[] {
  const commands = { type: 'list', form: commandForm, mayBe: commandMayBe, most: settingLimits.commandsMax } as const
  return [
    {
      ...commands,
      name: 'qga-allowed',
      fallback: '',
      description: 'if any are given, only these commands of the QEMU guest agent are run; one line each',
    },
    {
      ...commands,
      name: 'qga-blocked',
      fallback: '',
      description: 'commands of the QEMU guest agent that are not run; one line each',
    },
    {
      name: 'qga-files',
      type: 'switch',
      fallback: 'false',
      description: 'offer guest-file-open and its like, which reach every file',
    },
    {
      name: 'qga-exec',
      type: 'switch',
      fallback: 'false',
      description: 'offer guest-exec, which runs any program',
    },
  ]
}
