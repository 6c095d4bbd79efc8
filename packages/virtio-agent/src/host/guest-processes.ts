import { processStates, selectProcesses, type ProcessFigures, type ProcessQuery } from '@flotilla/procmon'
import type { JsonValue } from '../contract.ts'

export interface GuestProcesses {
  readonly processes: readonly ProcessFigures[]
  readonly matching: number
  readonly total: number
}

/** As many as a guest gives in one answer. */
const guestListMax = 1_000
const textUnitsMax = 1_024

/** A query in the words of `process.list`; what those cannot say is seen to when the answer is here. */
export function processListArguments(query: ProcessQuery): Readonly<Record<string, JsonValue>> {
  const [state, ...moreStates] = query.states ?? []
  const [pid, ...morePids] = query.pids ?? []
  const isWhole =
    moreStates.length === 0 &&
    morePids.length === 0 &&
    query.processorMin === undefined &&
    query.residentBytesMin === undefined &&
    query.memoryMin === undefined
  const limit = Math.min(query.limit ?? guestListMax, guestListMax)
  return {
    ...(query.text === undefined ? {} : { text: query.text }),
    ...(query.user === undefined ? {} : { user: query.user }),
    ...(state === undefined || moreStates.length > 0 ? {} : { state }),
    ...(pid === undefined || morePids.length > 0 ? {} : { pid }),
    ...(query.sort === undefined ? {} : { sort: query.sort }),
    reverse: query.isReversed === true,
    detail: query.withDetail === true,
    limit: isWhole ? limit : guestListMax,
  }
}

/** What a guest, who may be hostile, says of its processes; undefined where it is no such answer. */
export function readGuestProcesses(value: JsonValue, query: ProcessQuery): GuestProcesses | undefined {
  const list = fieldOf(value, 'processes')
  if (!Array.isArray(list)) return undefined
  const items: readonly unknown[] = list.slice(0, guestListMax)
  const read = items.map(processIn).filter((process) => process !== undefined)
  const chosen = selectProcesses(read, query)
  const least = chosen.matching
  const matching = Math.max(least, wholeIn(fieldOf(value, 'matching')) ?? least)
  const isWhole = chosen.matching === read.length
  return {
    processes: chosen.processes,
    matching: isWhole ? matching : chosen.matching,
    total: Math.max(least, wholeIn(fieldOf(value, 'total')) ?? least),
  }
}

function processIn(item: unknown): ProcessFigures | undefined {
  const whole = (name: string): number | undefined => wholeIn(fieldOf(item, name))
  const text = (name: string): string | undefined => textIn(fieldOf(item, name))
  const [bootId, name, command, user] = [text('bootId'), text('name'), text('command'), text('user')]
  const [pid, startTicks, parent, threads] = [whole('pid'), whole('startTicks'), whole('parent'), whole('threads')]
  const [residentBytes, startedAtMs] = [whole('residentBytes'), amountIn(fieldOf(item, 'startedAtMs'))]
  const state = processStates.find((each) => each === fieldOf(item, 'state'))
  const nice = fieldOf(item, 'nice')
  if (bootId === undefined || name === undefined || command === undefined || user === undefined) return undefined
  if (pid === undefined || pid > 4_294_967_295 || startTicks === undefined || parent === undefined) return undefined
  if (threads === undefined || residentBytes === undefined || startedAtMs === undefined) return undefined
  if (state === undefined || startedAtMs > 8.64e15 || parent > 4_294_967_295) return undefined
  return {
    bootId,
    name,
    command,
    user,
    pid,
    startTicks,
    parent,
    threads,
    residentBytes,
    startedAtMs,
    state,
    nice: typeof nice === 'number' && Number.isInteger(nice) && nice >= -20 && nice <= 19 ? nice : 0,
    processor: Math.min(65_536, amountIn(fieldOf(item, 'processor')) ?? 0),
    memory: Math.min(1, amountIn(fieldOf(item, 'memory')) ?? 0),
    ...maybe('privateBytes', whole('privateBytes')),
    ...maybe('openFiles', whole('openFiles')),
    ...maybe('readBytesPerSecond', amountIn(fieldOf(item, 'readBytesPerSecond'))),
    ...maybe('writtenBytesPerSecond', amountIn(fieldOf(item, 'writtenBytesPerSecond'))),
  }
}

function maybe<Name extends string>(name: Name, value: number | undefined): { readonly [Key in Name]?: number } {
  return (value === undefined ? {} : { [name]: value }) as { readonly [Key in Name]?: number }
}

function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
  return (value as Readonly<Record<string, unknown>>)[name]
}

function wholeIn(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined
}

function amountIn(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined
}

function textIn(value: unknown): string | undefined {
  return typeof value === 'string' ? value.slice(0, textUnitsMax).toWellFormed() : undefined
}
