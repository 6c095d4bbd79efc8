import { FlotillaError } from '@flotilla/core/errors'
import { safeText } from '@flotilla/core/text'
import type { MonitorErrorCode } from '../errors.ts'
import type { ProcessQuery, ProcessSortKey } from '../figures.ts'
import type { ProcessState } from '../readings.ts'
import { queryLimits } from './limits.ts'

export const processSortKeys: readonly ProcessSortKey[] = Object.freeze([
  'cpu',
  'memory',
  'private',
  'pid',
  'name',
  'user',
  'threads',
  'files',
  'io',
  'age',
])

export const processStates: readonly ProcessState[] = Object.freeze([
  'running',
  'sleeping',
  'waiting',
  'stopped',
  'zombie',
  'idle',
  'unknown',
])

/** A query that was looked at, with what goes without saying. */
export interface WholeProcessQuery extends ProcessQuery {
  readonly sort: ProcessSortKey
  readonly isReversed: boolean
  readonly limit: number
  readonly withDetail: boolean
}

/** Returns the query completed with what goes without saying, or throws `wrong-query`, which says what is allowed. */
export function validateProcessQuery(query: ProcessQuery = {}): WholeProcessQuery {
  const { text, user, states, pids, processorMin, residentBytesMin, memoryMin } = query
  const { processesDefault, processesMax, textLengthMax, userLengthMax, pidsMax, pidMax } = queryLimits
  const { sort = 'cpu', isReversed = false, limit = processesDefault, withDetail = false } = query
  if (text !== undefined) checkText('text', text, textLengthMax)
  if (user !== undefined) checkText('user', user, userLengthMax)
  for (const state of checkList('states', states ?? [], processStates.length)) oneOf('states', state, processStates)
  for (const pid of checkList('pids', pids ?? [], pidsMax)) checkNumber('pids', pid, 0, pidMax, 'whole')
  if (processorMin !== undefined) checkNumber('processorMin', processorMin, 0, queryLimits.processorMinMax)
  if (residentBytesMin !== undefined) checkNumber('residentBytesMin', residentBytesMin, 0, Number.MAX_SAFE_INTEGER)
  if (memoryMin !== undefined) checkNumber('memoryMin', memoryMin, 0, 1)
  oneOf('sort', sort, processSortKeys)
  checkNumber('limit', limit, 1, processesMax, 'whole')
  for (const [name, value] of Object.entries({ isReversed, withDetail })) {
    if (typeof value !== 'boolean') throw wrongQuery(`${name} is ${shown(value)}; it must be true or false`)
  }
  return { ...query, sort, isReversed, limit, withDetail: withDetail || sort === 'files' || sort === 'io' }
}

export function wrongQuery(message: string, hint?: string): FlotillaError<MonitorErrorCode> {
  return new FlotillaError('wrong-query', message, hint === undefined ? {} : { hint })
}

/** What somebody wrote, safe for a terminal and short. */
export function shown(value: unknown): string {
  return typeof value === 'string' ? `"${safeText(value.slice(0, 64))}"` : String(value).slice(0, 64)
}

function checkText(name: string, value: unknown, lengthMax: number): void {
  if (typeof value === 'string' && value.length > 0 && value.length <= lengthMax) return
  throw wrongQuery(`${name} is ${shown(value)}; it must be a text of 1 to ${lengthMax} characters`)
}

function checkList<Item>(name: string, list: readonly Item[], itemsMax: number): readonly Item[] {
  const isList: boolean = Array.isArray(list)
  if (isList && list.length <= itemsMax) return list
  throw wrongQuery(`${name} must be a list of at most ${itemsMax}`)
}

function checkNumber(name: string, value: unknown, least: number, most: number, kind: 'whole' | 'any' = 'any'): void {
  const isKind = kind === 'whole' ? Number.isInteger(value) : Number.isFinite(value)
  if (isKind && (value as number) >= least && (value as number) <= most) return
  const what = kind === 'whole' ? 'a whole number' : 'a number'
  throw wrongQuery(`${name} is ${shown(value)}; it must be ${what} from ${least} to ${most}`)
}

function oneOf(name: string, value: unknown, allowed: readonly string[]): void {
  if (allowed.includes(value as string)) return
  throw wrongQuery(`${name} is ${shown(value)}; it must be one of ${allowed.join(', ')}`)
}
