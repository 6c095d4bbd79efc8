import { describe, expect, test } from 'vitest'
import { settingsHelp } from './settings-help.ts'
import { readSettings } from './settings-reader.ts'
import { settingsOf } from './settings.ts'

const read = (argv: string[], environment: Record<string, string> = {}) => readSettings(argv, environment, 'a host!')

describe('settings', () => {
  test('have defaults, and each has the type that the table says', () => {
    const { settings, given } = read([])
    expect(settings).toEqual({
      data: '.flotilla/node',
      port: 7400,
      host: '127.0.0.1',
      name: 'a-host-',
      'mesh-port': 7440,
      'mesh-host': [],
      advertise: [],
      peer: [],
      'no-beacons': false,
      'beacon-port': 17996,
      'blob-key': '',
      'process-control': 'operators',
      'vm-channels': [],
      'vm-key': '',
      json: false,
      help: false,
    })
    expect(given.size).toBe(0)
  })

  test('come from flags before the environment, and it is known from where', () => {
    const environment = { FLOTILLA_PORT: '1', FLOTILLA_NAME: 'env', FLOTILLA_JSON: '' }
    const { settings, given } = read(['--port=2', '--json'], environment)
    expect(settings).toMatchObject({ port: 2, name: 'env', json: true })
    expect([...given]).toEqual([
      ['port', '--port'],
      ['name', 'FLOTILLA_NAME'],
      ['json', '--json'],
    ])
  })

  test('of a list come one by one, or with commas from the environment', () => {
    const { settings, given } = read(['--peer', '192.0.2.1:1', '--peer=[fd00::1]:2'], {
      FLOTILLA_PEER: '192.0.2.3:3',
      FLOTILLA_MESH_HOST: '10.0.0.1,::1',
    })
    expect(settings).toMatchObject({ peer: ['192.0.2.1:1', '[fd00::1]:2'], 'mesh-host': ['10.0.0.1', '::1'] })
    expect(given.get('mesh-host')).toBe('FLOTILLA_MESH_HOST')
  })

  test.each([
    [['--peer', 'ann.lan:7440'], {}, '--peer is "ann.lan:7440"'],
    [['--peer', '::1:7440'], {}, '--peer is "::1:7440"'],
    [['--mesh-host', 'ann.lan'], {}, '--mesh-host is "ann.lan"'],
    [[], { FLOTILLA_PEER: '192.0.2.1:1,,192.0.2.3:2' }, 'FLOTILLA_PEER is ""'],
    [[], { FLOTILLA_PEER: Array.from({ length: 65 }, () => '192.0.2.1:1').join(',') }, 'FLOTILLA_PEER has 65 values'],
    [['--port', '65536'], {}, '--port is "65536"'],
    [['--port'], {}, '--port has no value'],
    [['--port', '1', '--port', '2'], {}, '--port is given twice'],
    [['--json=maybe'], {}, '--json is "maybe"'],
    [[], { FLOTILLA_PORT: '-1' }, 'FLOTILLA_PORT is "-1"'],
    [[], { FLOTILLA_HOST: '192.168.1.1' }, 'FLOTILLA_HOST is "192.168.1.1"'],
    [['--name', '\u001B[31m'], {}, '--name is "\\u001b[31m"'],
    [['stray'], {}, 'there is no setting "stray"'],
  ])('refuse %j %j', (argv, environment, sentence) => {
    expect(() => read(argv, environment)).toThrow(sentence)
  })

  test('take a name from whatever the machine is called', () => {
    for (const name of ['', '---', 'ü', 'x'.repeat(300)]) {
      expect(readSettings([], {}, name).settings.name).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/)
    }
  })

  test('are all in --help', () => {
    const help = settingsHelp()
    for (const { name, environment } of settingsOf('')) {
      expect(help).toContain(`--${name}`)
      expect(help).toContain(environment ?? '')
    }
  })
})
