import { FlotillaError } from '@flotilla/core/errors'
import type { AlertRule } from '../contract.ts'
import type { MonitorErrorCode } from '../errors.ts'

const minuteMs = 60_000

/** What deserves a look on any machine. */
export const defaultAlertRules: readonly AlertRule[] = Object.freeze([
  rule('file-system-filling', 'fileSystem.*.used', [0.9, 0.88], minuteMs, 'warning'),
  rule('file-system-full', 'fileSystem.*.used', [0.97, 0.95], minuteMs, 'critical'),
  rule('file-names-running-out', 'fileSystem.*.filesUsed', [0.95, 0.93], minuteMs, 'warning'),
  rule('file-system-hangs', 'fileSystem.*.hung', [1, 0], minuteMs, 'critical'),
  rule('memory-low', 'memory.used', [0.92, 0.88], 2 * minuteMs, 'warning'),
  rule('memory-out', 'memory.used', [0.97, 0.95], minuteMs, 'critical'),
  rule('container-memory-low', 'container.memory', [0.95, 0.9], minuteMs, 'warning'),
  rule('swap-in-use', 'swap.used', [0.8, 0.6], 5 * minuteMs, 'warning'),
  rule('load-high', 'load.perCore', [2, 1.5], 10 * minuteMs, 'warning'),
  rule('memory-stalls', 'pressure.memory.full', [0.2, 0.05], minuteMs, 'warning'),
  rule('hot', 'temperature.*.ofCritical', [0.95, 0.9], minuteMs, 'warning'),
  rule('too-hot', 'temperature.*.ofCritical', [1, 0.95], 10_000, 'critical'),
  { ...rule('battery-low', 'power.*.battery', [0.1, 0.15], minuteMs, 'notice'), direction: 'below' },
  rule('network-errors', 'network.*.errors', [1, 0.1], 5 * minuteMs, 'notice'),
  rule('not-readable', 'problem.*', [1, 0], 5 * minuteMs, 'notice'),
])

function rule(
  name: string,
  figure: string,
  [raises, clears]: readonly [number, number],
  holdsMs: number,
  severity: AlertRule['severity'],
): AlertRule {
  return Object.freeze({ name, figure, direction: 'above', raises, clears, holdsMs, severity })
}

const nameLengthMax = 64
const figureLengthMax = 256
const holdsMsMax = 86_400_000

/** Returns the rules, or throws `wrong-rule` with a sentence that names the wrong one. */
export function validateAlertRules(rules: readonly AlertRule[], rulesMax: number): readonly AlertRule[] {
  if (rules.length > rulesMax) throw wrong(`there are ${rules.length} alert rules; at most ${rulesMax} are looked at`)
  const names = new Set<string>()
  for (const [index, each] of rules.entries()) {
    const which = typeof each.name === 'string' && each.name !== '' ? `the alert rule "${each.name}"` : `rule ${index}`
    const say = (what: string): never => {
      throw wrong(`${which}: ${what}`)
    }
    const { name, figure, direction, raises, clears, holdsMs, severity } = each
    if (!/^[a-z0-9][a-z0-9-]*$/i.test(name) || name.length > nameLengthMax) {
      say(`its name must be letters, digits and dashes, at most ${nameLengthMax}`)
    }
    if (names.has(name)) say('there are two of that name')
    names.add(name)
    if (typeof figure !== 'string' || !/^[^.]+(\.[^.]+)*$/.test(figure) || figure.length > figureLengthMax) {
      say('its figure must be words with dots between them, as memory.used or disk.*.busy')
    }
    if (direction !== 'above' && direction !== 'below') say('its direction must be above or below')
    if (!Number.isFinite(raises) || !Number.isFinite(clears)) say('raises and clears must be numbers')
    if (direction === 'above' ? clears >= raises : clears <= raises) {
      say(`clears must lie ${direction === 'above' ? 'below' : 'above'} raises, or it would flap`)
    }
    if (!(holdsMs >= 0 && holdsMs <= holdsMsMax)) say(`holdsMs must be a number from 0 to ${holdsMsMax}`)
    if (!['notice', 'warning', 'critical'].includes(severity)) say('its severity must be notice, warning or critical')
  }
  return rules
}

function wrong(message: string): FlotillaError<MonitorErrorCode> {
  return new FlotillaError('wrong-rule', message)
}
