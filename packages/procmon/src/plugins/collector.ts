import { FlotillaError } from '@flotilla/core/errors'
import { safeText } from '@flotilla/core/text'
import type { Collector } from '../contract.ts'
import type { MonitorErrorCode } from '../errors.ts'
import type { PluginLimits } from './limits.ts'

/** Looks at what a file exports as `collector`, or throws `wrong-collector`, which says what is wrong with it. */
export function validateCollector(collector: unknown, limits: PluginLimits): Collector {
  if (typeof collector !== 'object' || collector === null) throw wrong('a collector is an object with name and collect')
  const { name, intervalMs, collect } = collector as { readonly [Key in keyof Collector]?: unknown }
  const { nameLengthMax, intervalMsMin } = limits
  if (typeof name !== 'string' || !isName(name, nameLengthMax)) {
    throw wrong(`the name of a collector must be letters, digits and dashes, at most ${nameLengthMax}`)
  }
  if (typeof collect !== 'function') throw wrong(`the collector ${name} has no function "collect"`)
  if (intervalMs !== undefined && !(typeof intervalMs === 'number' && intervalMs >= intervalMsMin)) {
    throw wrong(`the intervalMs of the collector ${name} must be a number from ${intervalMsMin} on`)
  }
  return collector as Collector
}

/** The figures of an answer by `plugin.figure`, or throws what is wrong with it. */
export function checkedFigures(name: string, answer: unknown, limits: PluginLimits): ReadonlyMap<string, number> {
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) {
    throw wrongFormat(`it answered ${answer === null ? 'null' : typeof answer}, where numbers by name are wanted`)
  }
  const figures = new Map<string, number>()
  const names = Object.keys(answer)
  if (names.length > limits.figuresMax) {
    throw wrongFormat(`it answered ${names.length} figures, of which ${limits.figuresMax} are allowed`)
  }
  for (const figure of names) {
    const value = (answer as Readonly<Record<string, unknown>>)[figure]
    const shown = safeText(figure.slice(0, limits.nameLengthMax))
    if (!isName(figure, limits.nameLengthMax)) {
      throw wrongFormat(`the name of its figure "${shown}" must be letters, digits and dashes`)
    }
    if (typeof value !== 'number' || !Number.isFinite(value)) throw wrongFormat(`its figure ${shown} is no number`)
    figures.set(`${name}.${figure}`, value)
  }
  return figures
}

function isName(name: string, lengthMax: number): boolean {
  return /^[a-z0-9-]+$/i.test(name) && name.length <= lengthMax
}

function wrong(message: string): FlotillaError<MonitorErrorCode> {
  return new FlotillaError('wrong-collector', message)
}

function wrongFormat(message: string): FlotillaError {
  return new FlotillaError('wrong-format', message)
}
