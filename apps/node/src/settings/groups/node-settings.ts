import { nodeLimitsDefaults } from '../../limits.ts'
import type { SettingsTable } from '../setting.ts'

/** The node itself, its page and its API. */
export interface NodeSettings {
  readonly data: string
  readonly port: number
  readonly host: string
  readonly name: string
}

const { nameLengthMax, portsTriedMax } = nodeLimitsDefaults
const nameForm = new RegExp(`^[A-Za-z0-9][A-Za-z0-9._-]{0,${nameLengthMax - 1}}$`)

export function nodeSettings(hostName: string): SettingsTable<NodeSettings> {
  return {
    data: {
      type: 'path',
      of: 'folder',
      isOptional: false,
      placeholder: 'FOLDER',
      fallback: '.flotilla/node',
      example: '/var/lib/flotilla',
      description: 'where the node keeps everything; made if it is missing, used by one node at a time',
    },
    port: {
      type: 'whole',
      least: 0,
      most: 65_535,
      placeholder: 'PORT',
      fallback: '7400',
      example: '7500',
      description: `of its page and API; 0 is any free one. If you name none, the next ${portsTriedMax} are tried too`,
    },
    host: {
      type: 'text',
      form: /^(127\.0\.0\.1|::1|localhost)$/,
      mayBe: '127.0.0.1, ::1 or localhost; from other machines it needs logins, which do not exist yet',
      placeholder: 'ADDRESS',
      fallback: '127.0.0.1',
      example: '::1',
      description: 'the address to listen on; only this machine itself for now',
    },
    name: {
      type: 'text',
      form: nameForm,
      mayBe: `1 to ${nameLengthMax} letters, digits, ".", "_" and "-", a letter or digit first`,
      placeholder: 'NAME',
      fallback: nameFrom(hostName),
      fallbackShown: "the machine's name",
      example: 'ann',
      description: 'what people call the node; in a cluster its certificate says it too',
    },
  }
}

/** The nearest valid name: a machine may be called almost anything. */
function nameFrom(hostName: string): string {
  const plain = hostName.replaceAll(/[^A-Za-z0-9._-]/g, '-').replace(/^[^A-Za-z0-9]+/, '')
  return plain.slice(0, nameLengthMax) || 'node'
}
