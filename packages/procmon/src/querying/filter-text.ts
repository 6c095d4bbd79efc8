import type { ProcessQuery } from '../figures.ts'
import type { ProcessState } from '../readings.ts'
import { queryLimits } from './limits.ts'
import { shown, validateProcessQuery, wrongQuery } from './query.ts'

type Filter = Pick<
  ProcessQuery,
  'text' | 'user' | 'states' | 'pids' | 'processorMin' | 'residentBytesMin' | 'memoryMin'
>
type Operator = '=' | '>' | '>='

interface Condition {
  readonly name: string
  readonly operator: Operator
  readonly value: string
}

interface Key {
  readonly operators: readonly Operator[]
  readonly example: string
  readonly parse: (value: string, example: string) => Filter
}

const cpu: Key = {
  operators: ['>', '>='],
  example: 'cpu>10%',
  parse: (value, example) => ({ processorMin: percentOf(value, example) ?? numberOf(value, example) / 100 }),
}
const memory: Key = {
  operators: ['>', '>='],
  example: 'memory>200M',
  parse: (value, example) => {
    const memoryMin = percentOf(value, example)
    return memoryMin === undefined ? { residentBytesMin: bytesOf(value, example) } : { memoryMin }
  },
}
const pid: Key = {
  operators: ['='],
  example: 'pid=1,4711',
  parse: (value, example) => ({ pids: value.split(',').map((one) => numberOf(one, example)) }),
}
const state: Key = {
  operators: ['='],
  example: 'state=running,zombie',
  parse: (value) => ({ states: value.toLowerCase().split(',') as ProcessState[] }),
}

const keys: ReadonlyMap<string, Key> = new Map<string, Key>([
  ['cpu', cpu],
  ['memory', memory],
  ['mem', memory],
  ['user', { operators: ['='], example: 'user=root', parse: (user) => ({ user }) }],
  ['state', state],
  ['pid', pid],
  ['text', { operators: ['='], example: 'text="node server.js"', parse: (text) => ({ text }) }],
])

const units: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 }
const examples = 'cpu>10% memory>200M user=root state=running pid=1,4711 "any text"'

/**
 * What a person types, as `cpu>10% user=root node`, as the conditions of a query. `>` takes in what is just as large,
 * numbers of `cpu` are percent of one core, those of `memory` bytes (`200M`) or percent of the machine (`5%`). Words
 * without an operator are looked for together, in the name and the command; quotes keep blanks and operators in a word.
 */
export function parseProcessFilter(filter: string): Filter {
  const { filterLengthMax } = queryLimits
  if (filter.length > filterLengthMax) throw wrongQuery(`a filter has at most ${filterLengthMax} characters`)
  const words: string[] = []
  let query: Filter = {}
  for (const token of tokensOf(filter)) {
    if (typeof token === 'string') words.push(token)
    else query = { ...query, ...parsed(token, query) }
  }
  if (words.length > 0) {
    if (query.text !== undefined) {
      throw wrongQuery(`the filter says text= and ${shown(words.join(' '))}`, 'a filter looks for one text')
    }
    query = { ...query, text: words.join(' ') }
  }
  validateProcessQuery(query)
  return query
}

function parsed({ name, operator, value }: Condition, query: Filter): Filter {
  const key = keys.get(name.toLowerCase())
  if (key === undefined) {
    const known = ['cpu', 'memory', 'user', 'state', 'pid', 'text'].join(', ')
    throw wrongQuery(`a filter knows no ${shown(name)}, only ${known}`, `write ${examples}`)
  }
  const { operators, example, parse } = key
  if (!operators.includes(operator)) {
    throw wrongQuery(`${shown(name)} is compared with ${operators.join(' or ')}`, `write ${example}`)
  }
  if (value === '') throw wrongQuery(`nothing stands after ${name}${operator}`, `write ${example}`)
  const conditions = parse(value, example)
  const twice = Object.keys(conditions).find((field) => field in query)
  if (twice !== undefined) throw wrongQuery(`the filter says ${name} twice`, 'all conditions hold together')
  return conditions
}

/** Words, and conditions. A quote may begin anywhere in either. */
function tokensOf(filter: string): (string | Condition)[] {
  const tokens: (string | Condition)[] = []
  const pattern = /\s*(?:([a-z]+)\s*(>=|<=|!=|==|>|<|=|~)\s*)?((?:"[^"]*"|[^\s"])*)/giy
  while (pattern.lastIndex < filter.trimEnd().length) {
    const start = pattern.lastIndex
    const [, name, operator, raw = ''] = pattern.exec(filter) ?? []
    if (pattern.lastIndex <= start || (name === undefined && raw === '')) {
      throw wrongQuery(`a quote is open in ${shown(filter.slice(start).trim())}`, 'close it with "')
    }
    const value = raw.replaceAll('"', '')
    if (filter[pattern.lastIndex] === '"') throw wrongQuery('a quote is open in the filter', 'close it with "')
    if (name === undefined || operator === undefined) tokens.push(value)
    else tokens.push({ name, operator: operator as Operator, value })
  }
  return tokens.filter((token) => token !== '')
}

/** `12.5%` as 0.125; undefined where there is no percent sign. */
function percentOf(value: string, example: string): number | undefined {
  return value.endsWith('%') ? numberOf(value.slice(0, -1), example) / 100 : undefined
}

function bytesOf(value: string, example: string): number {
  const [, digits, unit] = /^([\d.]+)([kmgt]?)(?:i?b)?$/i.exec(value) ?? []
  if (digits === undefined) throw wrongNumber(value, example)
  return Math.round(numberOf(digits, example) * (units[(unit ?? '').toLowerCase()] ?? 1))
}

function numberOf(value: string, example: string): number {
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value)
  throw wrongNumber(value, example)
}

function wrongNumber(value: string, example: string): Error {
  return wrongQuery(`${shown(value)} in the filter is no number`, `write ${example}`)
}
