import { expect, test } from 'vitest'
import type { AlertRule } from '../contract.ts'
import { flatFigures } from '../history/flat-figures.ts'
import { ManualClock } from '@flotilla/core/testing'
import { systemFigures } from '../sampling/system-figures.ts'
import { ScriptedMachine } from '../testing/index.ts'
import { AlertMachine } from './alert-machine.ts'
import { overText, raisedText } from './alert-text.ts'
import { figurePattern } from './figure-pattern.ts'
import { defaultAlertRules, validateAlertRules } from './rules.ts'

const rule: AlertRule = {
  name: 'mine',
  figure: 'memory.used',
  direction: 'above',
  raises: 2,
  clears: 1,
  holdsMs: 0,
  severity: 'notice',
}

test('the default rules are rules', () => {
  expect(validateAlertRules(defaultAlertRules, 128)).toBe(defaultAlertRules)
})

test('a wrong rule is named, with what is wrong', () => {
  const wrong = (fields: Partial<Record<keyof AlertRule, unknown>>): string => {
    try {
      validateAlertRules([{ ...rule, ...fields } as AlertRule], 1)
    } catch (error) {
      return String(error)
    }
    return 'nothing'
  }
  expect(wrong({})).toBe('nothing')
  expect(wrong({ name: 'a b' })).toContain('"a b": its name must be letters')
  expect(wrong({ figure: 'a..b' })).toContain('"mine": its figure must be words')
  expect(wrong({ direction: 'up' })).toContain('above or below')
  expect(wrong({ raises: Number.NaN })).toContain('must be numbers')
  expect(wrong({ clears: 2 })).toContain('clears must lie below raises')
  expect(wrong({ direction: 'below' })).toContain('clears must lie above raises')
  expect(wrong({ holdsMs: -1 })).toContain('holdsMs must be a number from 0')
  expect(wrong({ severity: 'loud' })).toContain('notice, warning or critical')
  expect(() => validateAlertRules([rule, rule], 2)).toThrow('two of that name')
  expect(() => validateAlertRules([rule, rule], 1)).toThrow('at most 1')
})

test('a pattern means whole words, and nothing in it is special but the star', () => {
  const meant = (pattern: string, figure: string): boolean => figurePattern(pattern)(figure)
  expect(meant('fileSystem.*.used', 'fileSystem./mnt/a.used')).toBe(true)
  expect(meant('fileSystem.*.used', 'fileSystem./mnt/a.b.used')).toBe(false)
  expect(meant('fileSystem.*.used', 'fileSystem./mnt/a.usedBytes')).toBe(false)
  expect(meant('disk.sd(a.*', 'disk.sd(a.busy')).toBe(true)
  expect(meant('disk.sd?.*', 'disk.sda.busy')).toBe(false)
  expect(meant('load.1', 'load.15')).toBe(false)
})

test('alerts are sentences', () => {
  expect(raisedText('fileSystem./mnt/my%2Edisk.used', 0.934, 300_000)).toBe(
    '/mnt/my.disk is full to 93 %, for 5 min 0 s',
  )
  expect(raisedText('fileSystem./mnt/nas.hung', 1, 0)).toBe('/mnt/nas does not answer')
  expect(raisedText('problem.temperatures', 1, 0)).toBe('temperatures cannot be read')
  expect(raisedText('plugin.gpu.load', 0.5, 0)).toBe('plugin.gpu.load is 0.5')
  expect(raisedText('disk.\u001B[2J.busy', 1, 0)).not.toContain('\u001B')
  expect(overText('fileSystem./.used', 0.5)).toBe('over: / is full to 50 %')
  expect(overText('fileSystem./mnt/nas.hung', 0)).toBe('over: /mnt/nas answers again')
  expect(overText('problem.temperatures', undefined)).toBe('over: temperatures can be read again')
})

test('the default rules speak up on a machine in trouble, and on no other', async () => {
  const clock = new ManualClock()
  const machine = new ScriptedMachine({ clock })
  const alerts = new AlertMachine(defaultAlertRules)
  const live = async (minutes: number): Promise<string[]> => {
    const news: string[] = []
    let before = await machine.system()
    for (let second = 0; second < minutes * 60; second += 5) {
      clock.advance(5_000)
      const now = await machine.system()
      const flat = flatFigures(systemFigures(before, now))
      for (const { rule: name, state } of alerts.step({ nowMs: now.atMs, wallMs: now.wallMs }, flat)) {
        news.push(`${name} ${state}`)
      }
      before = now
    }
    return news
  }
  machine.load.usage = 0.9
  expect(await live(20)).toEqual([])
  Object.assign(machine.load, { rootUsedBytes: 98e9, memoryUsedBytes: 7.9e9, swapUsedBytes: 1.9e9, celsius: 101 })
  machine.editSystem = (reading) => ({
    ...reading,
    fileSystems: [
      ...(reading.fileSystems ?? []),
      { mount: '/mnt', device: 'nas:/', type: 'nfs', isReadOnly: false },
      // A medium that cannot be written is always full.
      { ...reading.fileSystems?.[0], mount: '/cd', device: 'cd', type: 'iso9660', isReadOnly: true },
    ],
    problems: [{ part: 'power', code: 'failed', message: 'no' }],
  })
  expect((await live(6)).toSorted()).toEqual([
    'file-system-filling raised',
    'file-system-full raised',
    'file-system-hangs raised',
    'hot raised',
    'memory-low raised',
    'memory-out raised',
    'not-readable raised',
    'swap-in-use raised',
    'too-hot raised',
  ])
})
