import { nodeLimitsDefaults } from '../limits.ts'

/** What a text has to be to become the value of a setting. */
type SettingType =
  | { readonly type: 'text'; readonly form: RegExp; readonly mayBe: string }
  | { readonly type: 'whole'; readonly least: number; readonly most: number }
  | { readonly type: 'switch' }

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
  readonly json: boolean
  readonly help: boolean
}

const { nameLengthMax, portsTriedMax } = nodeLimitsDefaults
const nameForm = new RegExp(`^[A-Za-z0-9][A-Za-z0-9._-]{0,${nameLengthMax - 1}}$`)

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
      mayBe: '127.0.0.1, ::1 or localhost; access from other machines comes with the mesh',
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

/** The nearest valid name: a machine may be called almost anything. */
function nameFrom(hostName: string): string {
  const plain = hostName.replaceAll(/[^A-Za-z0-9._-]/g, '-').replace(/^[^A-Za-z0-9]+/, '')
  return plain.slice(0, nameLengthMax) || 'node'
}
