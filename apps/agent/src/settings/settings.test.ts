import { describe, expect, test } from 'vitest'
import { readArguments } from '../arguments.ts'
import { usage } from '../usage.ts'
import { changesOf, settingsInText, settingsTemplate, wholeSettings } from './settings-text.ts'
import { settingTable } from './settings.ts'

const none = new Map()
const file = '/etc/flotilla-agent.conf'

test('every setting has a value of its type when nobody gives one', () => {
  const settings = wholeSettings(none, none)
  const kinds = { text: 'string', choice: 'string', whole: 'number', switch: 'boolean', list: 'object' } as const
  for (const { name, type } of settingTable) expect([name, typeof settings[name]]).toEqual([name, kinds[type]])
  expect(Object.keys(settings)).toHaveLength(settingTable.length)
})

test('a file gives values, comments and blank lines none', () => {
  const text = '# ours\n\n  metrics-interval-ms = 5000 \r\nfolder=/srv/a b\nfolder = /var/log\nallow-unsafe = true\n'
  expect(wholeSettings(settingsInText(text, file), none)).toMatchObject({
    'metrics-interval-ms': 5_000,
    folder: ['/srv/a b', '/var/log'],
    'allow-unsafe': true,
  })
})

test('a flag wins over the file', () => {
  const { flags } = readArguments(['--device', '/dev/vport0p1', '--folder=/a', '--debug'])
  const settings = wholeSettings(settingsInText('device = none\nfolder = /b\nfolder = /c', file), flags)
  expect(settings).toMatchObject({ device: '/dev/vport0p1', folder: ['/a'], 'log-level': 'debug' })
})

describe('what is wrong in a file is said with its line and what may be there', () => {
  test.each([
    ['\n\nmetrics-interval-ms = 5', `${file}:3: metrics-interval-ms is "5"`, 'a whole number from 1000 to 3600000'],
    ['log-level = loud', `${file}:1: log-level is "loud"`, 'it must be one of debug, info, warn, error'],
    ['allow-unsafe = yes', `${file}:1: allow-unsafe is "yes"`, 'it must be true or false'],
    ['trusted-key = 12', `${file}:1: trusted-key is "12"`, 'it must be an Ed25519 public key'],
    ['folder = relative', `${file}:1: folder is "relative"`, 'it must be the absolute path of a folder'],
    ['alow-unsafe = true', `${file}:1: there is no setting "alow-unsafe"`, 'there are device, qga-device'],
    ['device = none\ndevice = auto', `${file}:2: device is given twice`, 'give it once'],
    ['[agent]', `${file}:1: "[agent]" is no setting`, 'write NAME = VALUE'],
    ['folder = /a\n'.repeat(65), `${file}:65: folder is one too many`, 'give folder at most 64 times'],
  ])('%j', (text, what, hint) => {
    const reading = (): unknown => settingsInText(text, file)
    expect(reading).toThrow(what)
    let told = ''
    try {
      reading()
    } catch (error) {
      told = error instanceof Error && 'hint' in error ? String(error.hint) : ''
    }
    expect(told).toContain(hint)
  })
})

test.each([
  [['--devise', 'x'], 'there is no option "--devise"'],
  [['--device'], '--device has no value'],
  [['--device', 'vport0p1'], '--device is "vport0p1"'],
  [['--version', '--help'], '--help comes after another thing to do'],
  [['--device=none', '--device=auto'], '--device is given twice'],
])('the arguments %j are refused', (argv, what) => {
  expect(() => readArguments(argv)).toThrow(what)
})

test('the template says every setting, and is itself a file of settings', () => {
  expect(settingsInText(settingsTemplate(), file).size).toBe(0)
  const given = settingsTemplate().replaceAll(/^# (\S+ =)/gm, '$1')
  const lists = settingTable.filter(({ type }) => type === 'list').map(({ name }) => name)
  const whole = given.split('\n').filter((line) => !lists.some((name) => line.startsWith(`${name} =`)))
  expect(wholeSettings(settingsInText(whole.join('\n'), file), none)).toEqual(wholeSettings(none, none))
})

test('the help says every setting', () => {
  const text = usage()
  for (const { name, description } of settingTable) {
    expect(text).toContain(`--${name}`)
    expect(text).toContain(description)
  }
})

test('changes are told apart by whether they take effect at once', () => {
  const before = wholeSettings(none, none)
  const now = wholeSettings(settingsInText('log-level = warn\nqga-exec = true', file), none)
  expect(changesOf(before, now)).toEqual({ live: ['log-level'], later: ['qga-exec'] })
  expect(changesOf(before, before)).toEqual({ live: [], later: [] })
})
