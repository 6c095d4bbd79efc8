import { channelPattern } from '@flotilla/virtio-agent'
import { Prng } from '@flotilla/core/random'
import { describe, expect, test } from 'vitest'
import { settingsHelp } from './settings-help.ts'
import { readSettings, type ReadSettings } from './settings-reader.ts'
import { settingEntries } from './settings-report.ts'
import { settingsOf } from './settings.ts'
import { variableOf } from './setting.ts'
import { vmSettings } from './groups/vm-settings.ts'

const read = (
  argv: string[],
  environment: Record<string, string> = {},
  hostName: string = 'a host!',
): Promise<ReadSettings> =>
  readSettings({ argv, environment: { FLOTILLA_CONFIG: 'off', ...environment }, hostName, homeFolder: '/nowhere' })

describe('settings', () => {
  test('have defaults, and each has the type that its table says', async () => {
    const { settings, given, file } = await read([])
    expect(settings).toMatchObject({
      data: '.flotilla/node',
      port: 7400,
      host: '127.0.0.1',
      name: 'a-host-',
      'mesh-port': 7440,
      'mesh-host': [],
      'no-beacons': false,
      'process-control': 'operators',
      'log-level': 'info',
      help: false,
    })
    expect(Object.keys(settings)).toEqual(settingsOf('').map(({ name }) => name))
    expect([...given.keys()]).toEqual(['config'])
    expect(file).toBeUndefined()
  })

  test('come from flags before the environment, and it is known from where', async () => {
    const environment = { FLOTILLA_PORT: '1', FLOTILLA_NAME: 'env', FLOTILLA_JSON: '' }
    const { settings, given, origins } = await read(['--port=2', '--json'], environment)
    expect(settings).toMatchObject({ port: 2, name: 'env', json: true })
    expect(Object.fromEntries(given)).toMatchObject({ port: '--port', name: 'FLOTILLA_NAME', json: '--json' })
    expect(origins.get('name')).toEqual({ from: 'environment', calledAs: 'FLOTILLA_NAME' })
  })

  test('of a list come one by one, or with commas from the environment', async () => {
    const { settings, given } = await read(['--peer', '192.0.2.1:1', '--peer=[fd00::1]:2'], {
      FLOTILLA_PEER: '192.0.2.3:3',
      FLOTILLA_MESH_HOST: '10.0.0.1, ::1',
    })
    expect(settings).toMatchObject({ peer: ['192.0.2.1:1', '[fd00::1]:2'], 'mesh-host': ['10.0.0.1', '::1'] })
    expect(given.get('mesh-host')).toBe('FLOTILLA_MESH_HOST')
  })

  test.each([
    [['--peer', 'ann.lan:7440'], {}, '--peer is "ann.lan:7440"'],
    [['--peer', '::1:7440'], {}, '--peer is "::1:7440"'],
    [['--peer', '192.0.2.1:0'], {}, '--peer is "192.0.2.1:0"'],
    [['--peer', '192.0.2.300:1'], {}, '--peer is "192.0.2.300:1"'],
    [['--advertise', '192.0.2.1:65536'], {}, '--advertise is "192.0.2.1:65536"'],
    [['--mesh-host', 'ann.lan'], {}, '--mesh-host is "ann.lan"'],
    [['--vm-channels', 'off', '--vm-channels', 'auto'], {}, '--vm-channels is "off", "auto"'],
    [[], { FLOTILLA_PEER: '192.0.2.1:1,,192.0.2.3:2' }, 'FLOTILLA_PEER is ""'],
    [[], { FLOTILLA_PEER: Array.from({ length: 65 }, () => '192.0.2.1:1').join(',') }, 'FLOTILLA_PEER has 65 values'],
    [['--port', '65536'], {}, '--port is "65536"'],
    [['--port'], {}, '--port has no value'],
    [['--port', '1', '--port', '2'], {}, '--port is given twice'],
    [['--json=maybe'], {}, '--json is "maybe"'],
    [['--log-level', 'loud'], {}, '--log-level is "loud": it must be trace, debug, info, warn or error'],
    [['--data', ''], {}, '--data is ""'],
    [['--data=~/there'], {}, '--data is "~/there": write the whole path'],
    [[], { FLOTILLA_PORT: '-1' }, 'FLOTILLA_PORT is "-1"'],
    [['--name', '\u001B[31m'], {}, '--name is "\\u001b[31m"'],
    [['stray'], {}, 'there is no setting "stray"'],
    [['--prot', '1'], {}, 'there is no setting "--prot": did you mean --port?'],
  ])('refuse %j %j', async (argv, environment, sentence) => {
    await expect(read(argv, environment)).rejects.toMatchObject({
      code: 'wrong-setting',
      sentence: expect.stringContaining(sentence) as string,
    })
  })

  test('tell of everything that is wrong, also with what something else wins over', async () => {
    const wrong = read(['--prot', '1', '--port', 'x', '--port', '7'], { FLOTILLA_PORT: 'y', FLOTILLA_NAME: 'a b' })
    await expect(wrong).rejects.toMatchObject({
      message: '4 settings are wrong',
      problems: [
        { what: 'there is no setting "--prot"', hint: 'did you mean --port?' },
        { what: '--port is given twice' },
        { what: 'FLOTILLA_NAME is "a b"' },
        { what: 'FLOTILLA_PORT is "y"' },
      ],
    })
  })

  test('warn of a variable that is nearly one', async () => {
    const words = 'TOKEN AT FINGERPRINT LAUNCHER LOCK_KEY FENCING_TOKEN KILLS CROWD FLIPS FUZZ_SEED UNMASK MACHINE'
    const others = Object.fromEntries(words.split(' ').map((word) => [`FLOTILLA_${word}`, 'x']))
    const { warnings } = await read([], { ...others, FLOTILLA_PROT: '1', FLOTILLA_PEERS: 'a', PROT: '1' })
    expect(warnings).toEqual([
      'FLOTILLA_PROT means nothing to a node, FLOTILLA_PORT does',
      'FLOTILLA_PEERS means nothing to a node, FLOTILLA_PEER does',
    ])
  })

  test('take a name from whatever the machine is called', async () => {
    for (const name of ['', '---', 'ü', 'x'.repeat(300)]) {
      expect((await read([], {}, name)).settings.name).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/)
    }
  })

  test('are all in --help', () => {
    const help = settingsHelp()
    for (const setting of settingsOf('')) {
      expect(help).toContain(`--${setting.name}`)
      expect(help).toContain(variableOf(setting) ?? '')
    }
  })
})

test('a pattern of VM channels is what the package takes for one', () => {
  const pieces = [
    '/run/',
    'vms',
    '{vm}',
    '{vm}',
    '{id}',
    '{any}',
    '{x}',
    '*',
    '.sock',
    '/',
    '..',
    '=',
    'web=',
    'qga:',
    '\0',
  ]
  const { form } = vmSettings['vm-channels']
  for (let seed = 1; seed <= 3_000; seed++) {
    const prng = new Prng(seed)
    const head = prng.pick(['', 'own:', 'web=', 'qga:web=', ''])
    const text = `${head}/${Array.from({ length: prng.below(5) }, () => prng.pick(pieces)).join('')}`
    expect(form.test(text), `seed ${seed}: ${JSON.stringify(text)}`).toBe(isPattern(text))
  }
})

function isPattern(text: string): boolean {
  try {
    return channelPattern(text).parts.length > 0
  } catch {
    return false
  }
}

test('a name and a password in an address are shown nowhere, and are used', async () => {
  const given = await read(['--trace-endpoint=https://ann:geheim@collector:4318/v1?x=@', '--json'])
  expect(given.settings['trace-endpoint']).toContain('ann:geheim@')
  const entry = settingEntries(given).find(({ name }) => name === 'trace-endpoint')
  const address = 'https://collector:4318/v1?x=@'
  expect(entry).toMatchObject({ value: address, shown: address })
  for (const wrong of ['ftp://ann:geheim@collector', 'http//ann:geheim@collector']) {
    const told = await read([`--trace-endpoint=${wrong}`]).then(
      () => 'nothing',
      (error: Error) => error.message,
    )
    expect(told).toContain('collector')
    expect(told).not.toContain('geheim')
  }
})
