import type { LogLevel } from '@flotilla/core/observe'
import type { SettingsTable } from '../setting.ts'

/** What it says, and how; and where it is told all of this. */
export interface TellingSettings {
  readonly 'log-level': LogLevel
  readonly json: boolean
  readonly 'trace-endpoint': string
  readonly config: string
  readonly help: boolean
}

export const tellingSettings: SettingsTable<TellingSettings> = {
  'log-level': {
    type: 'choice',
    choices: ['trace', 'debug', 'info', 'warn', 'error'],
    placeholder: 'LEVEL',
    fallback: 'info',
    example: 'debug',
    description: 'the least important lines that are still written to the log',
    isLive: true,
  },
  json: {
    type: 'switch',
    placeholder: '',
    fallback: 'false',
    example: 'true',
    description: 'say what there is to say as JSON, one object a line',
  },
  'trace-endpoint': {
    type: 'text',
    form: { test: (text) => text === '' || /^https?:$/.test(URL.parse(text)?.protocol ?? '') },
    mayBe: 'an address that begins with http:// or https://, or nothing',
    placeholder: 'URL',
    fallback: '',
    fallbackShown: 'what OTEL_EXPORTER_OTLP_ENDPOINT says, or nowhere',
    example: 'http://localhost:4318/v1/traces',
    description:
      'where requests are told as traces, by OTLP over HTTP with JSON; a name and password in it are not shown',
  },
  config: {
    type: 'path',
    of: 'file',
    isOptional: true,
    placeholder: 'FILE',
    fallback: '',
    fallbackShown: '~/.config/flotilla/config.yaml, or else /etc/flotilla/config.yaml, if there is one',
    example: '/srv/flotilla.yaml',
    description: 'the file with settings, of which one is read; off reads none',
    notIn: ['file'],
  },
  help: {
    type: 'switch',
    placeholder: '',
    fallback: 'false',
    example: 'true',
    description: 'all of this, and nothing else',
    notIn: ['environment', 'file'],
  },
}
