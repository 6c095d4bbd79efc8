import { isIP } from 'node:net'
import { nodeLimitsDefaults } from '../../limits.ts'
import type { SettingsTable } from '../setting.ts'

/** The node itself, its page and its API. */
export interface NodeSettings {
  readonly data: string
  readonly port: number
  readonly host: string
  readonly name: string
  readonly 'tls-cert': string
  readonly 'tls-key': string
  readonly 'allow-host': readonly string[]
}

const { nameLengthMax, portsTriedMax, hostsAllowedMax } = nodeLimitsDefaults
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
      form: { test: (text) => text === 'localhost' || isIP(text) !== 0 },
      mayBe: 'an IP address of this machine, localhost, or 0.0.0.0 or :: for all addresses',
      placeholder: 'ADDRESS',
      fallback: '127.0.0.1',
      example: '::1',
      description: 'the address to listen on; one that others can reach is served over TLS only',
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
    'tls-cert': {
      type: 'path',
      of: 'file',
      isOptional: true,
      placeholder: 'FILE',
      fallback: '',
      fallbackShown: 'made by the node, where it needs one',
      example: '/etc/flotilla/tls.crt',
      description: 'the certificate of its page and API, in PEM, with those above it; read again when it changes',
    },
    'tls-key': {
      type: 'path',
      of: 'file',
      isOptional: true,
      placeholder: 'FILE',
      fallback: '',
      fallbackShown: 'made by the node, where it needs one',
      example: '/etc/flotilla/tls.key',
      description: 'the key of that certificate, in PEM',
    },
    'allow-host': {
      type: 'list',
      form: /^(?=.{1,255}$)([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:.]+\])(:\d{1,5})?$/,
      mayBe: 'a name or an address by which browsers reach the node, such as flotilla.example.org or that with a port',
      most: hostsAllowedMax,
      placeholder: 'NAME',
      fallback: '',
      fallbackShown: "the machine's own names and addresses",
      example: 'flotilla.example.org',
      description: 'answer under this name too, as where a port is forwarded; may be given several times',
    },
  }
}

/** The nearest valid name: a machine may be called almost anything. */
function nameFrom(hostName: string): string {
  const plain = hostName.replaceAll(/[^A-Za-z0-9._-]/g, '-').replace(/^[^A-Za-z0-9]+/, '')
  return plain.slice(0, nameLengthMax) || 'node'
}
