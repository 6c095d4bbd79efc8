import { setPriority } from 'node:os'
import { FlotillaError } from '@flotilla/core/errors'
import type { ProcessSignal } from '../contract.ts'
import type { ProcessControl } from '../control.ts'
import { checkNice, checkProcess, checkSignal } from '../process-orders.ts'
import type { ProcessIdentity } from '../readings.ts'
import { explainedRefusal, gone, ownProcess } from '../refusals.ts'
import type { PortableProcess } from './parts.ts'
import { startTicksOf, unknownBoot } from './process-list.ts'

export interface PortableProcessControlOptions {
  /** All processes, asked anew. */
  readonly list: () => Promise<readonly PortableProcess[]>
  readonly kill?: (pid: number, signal: ProcessSignal) => void
  readonly renice?: (pid: number, nice: number) => void
  readonly ownPid?: number
}

/**
 * Signals and nice values where there is no `/proc`: the list of processes is asked for first, to see who has that
 * number. Between that and the deed it may end and its number be given to another one, which cannot be seen here: the
 * list takes a while to make, and the library tells again what it told within the last half of a second. A process
 * that does not tell when it was started is refused.
 */
export function openPortableProcessControl(options: PortableProcessControlOptions): ProcessControl {
  const { list, kill = process.kill.bind(process), renice = setPriority, ownPid = process.pid } = options
  const act = async (identity: ProcessIdentity, deed: () => void): Promise<void> => {
    const { pid, bootId, startTicks } = identity
    if (pid === ownPid) throw ownProcess(pid)
    if (pid === 1) {
      throw new FlotillaError('refused', `process ${pid} is not touched from here`)
    }
    if (startTicks === 0) {
      throw new FlotillaError('refused', `when process ${pid} was started is not known, so it may be another by now`)
    }
    const found = (await list()).find((one) => one.pid === pid)
    if (found === undefined || bootId !== unknownBoot || startTicksOf(found) !== startTicks) throw gone(pid)
    try {
      deed()
    } catch (error) {
      throw explainedRefusal(pid, error)
    }
  }
  return {
    async signal(identity, signal) {
      checkProcess(identity)
      checkSignal(signal)
      await act(identity, () => kill(identity.pid, signal))
    },
    async setNice(identity, nice) {
      checkProcess(identity)
      checkNice(nice)
      await act(identity, () => renice(identity.pid, nice))
    },
  }
}
