import { isIP } from 'node:net'
import { nodeLimitsDefaults } from '../../limits.ts'
import type { SettingsTable } from '../setting.ts'

/** Its page and its API. */
export interface ApiSettings {
  readonly port: number
  readonly host: string
  readonly 'tls-cert': string
  readonly 'tls-key': string
  readonly 'allow-host': readonly string[]
}

const { portsTriedMax, hostsAllowedMax } = nodeLimitsDefaults

export const apiSettings: SettingsTable<ApiSettings> = {
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
