import { FlotillaError } from '@flotilla/core/errors'
import { sleep, type Clock } from '@flotilla/core/time'
import {
  processFigures,
  processSignals,
  processSortKeys,
  processStates,
  selectProcesses,
  validateProcessQuery,
  type MachineSource,
  type ProcessFigures,
  type ProcessIdentity,
  type ProcessQuery,
} from '@flotilla/procmon'
import { done } from '../outcomes.ts'
import { wrongArguments, type OrderArguments } from '../order-arguments.ts'
import { asJson } from './facts.ts'
import type { HandlerParts, HandlerTable } from './handler.ts'

/** Between the two looks that show what processes take now. */
const lookMs = 200
const pidMax = 2 ** 32 - 1
const word = { lengthMax: 256 }

export function processHandlers({ source, control, clock, limits }: HandlerParts): HandlerTable {
  return {
    'process.list': async (given, { run }) => {
      const query = queryIn(given, limits.processesListedMax)
      const { figures, total } = await looked(source, clock, query.withDetail === true, run.signal)
      const { processes, matching } = selectProcesses(figures, query)
      return done({ processes: processes.map(asJson), matching, total })
    },
    'process.kill': async (given) => {
      const process = identityIn(given.only('bootId', 'pid', 'startTicks', 'signal'))
      await control.signal(process, given.has('signal') ? given.oneOf('signal', processSignals) : 'SIGTERM')
      return done({ pid: process.pid })
    },
    'process.nice': async (given) => {
      const process = identityIn(given.only('bootId', 'pid', 'startTicks', 'nice'))
      await control.setNice(process, given.whole('nice', -20, 19))
      return done({ pid: process.pid })
    },
  }
}

function identityIn(given: OrderArguments): ProcessIdentity {
  return {
    bootId: given.text('bootId', word),
    pid: given.whole('pid', 1, pidMax),
    startTicks: given.whole('startTicks', 0, Number.MAX_SAFE_INTEGER),
  }
}

function queryIn(given: OrderArguments, processesMax: number): ProcessQuery {
  given.only('text', 'user', 'state', 'pid', 'sort', 'reverse', 'detail', 'limit')
  const [text, user] = [given.maybeText('text', word), given.maybeText('user', word)]
  const pid = given.maybeWhole('pid', 0, pidMax)
  const limit = given.maybeWhole('limit', 1, processesMax) ?? processesMax
  const query: ProcessQuery = {
    ...(text === undefined ? {} : { text }),
    ...(user === undefined ? {} : { user }),
    ...(given.has('state') ? { states: [given.oneOf('state', processStates)] } : {}),
    ...(pid === undefined ? {} : { pids: [pid] }),
    ...(given.has('sort') ? { sort: given.oneOf('sort', processSortKeys) } : {}),
    isReversed: given.flag('reverse'),
    withDetail: given.flag('detail'),
    limit,
  }
  try {
    return validateProcessQuery(query)
  } catch (error) {
    throw error instanceof FlotillaError ? wrongArguments(error.message) : error
  }
}

async function looked(
  source: MachineSource,
  clock: Clock,
  isDetailed: boolean,
  signal: AbortSignal,
): Promise<{ readonly figures: readonly ProcessFigures[]; readonly total: number }> {
  const options = { detail: isDetailed ? ('all' as const) : ('none' as const), signal }
  const [before, machine] = await Promise.all([source.processes(options), source.system({ signal })])
  await sleep(clock, lookMs, { signal })
  const now = await source.processes(options)
  const figures = processFigures({
    before,
    now,
    wallMs: clock.wallNow(),
    memoryTotalBytes: machine.memory?.totalBytes ?? 0,
    cores: Math.max(1, machine.processor?.cores.length ?? 1),
  })
  return { figures, total: now.total }
}
