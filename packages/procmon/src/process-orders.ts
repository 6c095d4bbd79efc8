import { FlotillaError } from '@flotilla/core/errors'
import type { MonitorErrorCode } from './errors.ts'
import type { ProcessSignal } from './contract.ts'
import { shown } from './querying/query.ts'
import type { ProcessIdentity } from './readings.ts'

export const processSignals: readonly ProcessSignal[] = Object.freeze([
  'SIGTERM',
  'SIGKILL',
  'SIGINT',
  'SIGHUP',
  'SIGSTOP',
  'SIGCONT',
  'SIGUSR1',
  'SIGUSR2',
])

const processOrderLimits = { niceMin: -20, niceMax: 19, pidMin: 2, pidMax: 4_294_967_295 } as const

/**
 * Refuses what no process can be meant by. 0 and negative numbers are groups of processes to the kernel, -1 is
 * everybody, and 1 is the one whose end takes the machine down.
 */
export function checkProcess({ pid, startTicks, bootId }: ProcessIdentity): void {
  const { pidMin, pidMax } = processOrderLimits
  if (!Number.isInteger(pid) || pid < 0 || pid > pidMax || !Number.isFinite(startTicks) || typeof bootId !== 'string') {
    throw new FlotillaError<MonitorErrorCode>('wrong-query', `${shown(pid)} is no process`, {
      hint: 'a process is a pid with its start and boot, as a list of processes has them',
    })
  }
  if (pid >= pidMin) return
  throw new FlotillaError<MonitorErrorCode>('not-permitted', `process ${pid} is not to be touched from here`)
}

export function checkSignal(signal: ProcessSignal): void {
  if (processSignals.includes(signal)) return
  throw new FlotillaError<MonitorErrorCode>('wrong-query', `${shown(signal)} cannot be sent`, {
    hint: `one of ${processSignals.join(', ')}`,
  })
}

export function checkNice(nice: number): void {
  const { niceMin, niceMax } = processOrderLimits
  if (Number.isInteger(nice) && nice >= niceMin && nice <= niceMax) return
  throw new FlotillaError<MonitorErrorCode>('wrong-query', `a nice value of ${shown(nice)} cannot be set`, {
    hint: `a whole number from ${niceMin} (first) to ${niceMax} (last)`,
  })
}
