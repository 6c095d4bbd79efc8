import { FlotillaError, unreachable } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import type { Monitor } from '../contract.ts'
import type { ProcessQuery } from '../figures.ts'
import { mergeProcesses } from '../querying/index.ts'
import type { Control, ControlOrder, ControlRecord } from './control.ts'
import type { Guests } from './guests.ts'
import { processForWire, systemForWire } from './wire/fitted.ts'
import {
  doneCodec,
  figuresCodec,
  historyCodec,
  processesCodec,
  treeCodec,
  type MonitorRequest,
  type ProcessesAnswer,
} from './wire/messages.ts'
import { wireLimits } from './wire/wire-limits.ts'

export interface AnsweringParts {
  readonly monitor: Monitor
  readonly control: Control
  readonly guests: Guests | undefined
  readonly limits: { readonly questionsMax: number }
}

/** What this node answers of itself, to others and to its own people alike. */
export class Answering {
  readonly #parts: AnsweringParts
  #underWay = 0

  constructor(parts: AnsweringParts) {
    this.#parts = parts
  }

  /** Of a node that asks; so many at a time. */
  async answer(from: NodeId, request: MonitorRequest, signal: AbortSignal): Promise<Uint8Array> {
    const { questionsMax } = this.#parts.limits
    if (this.#underWay >= questionsMax) {
      throw new FlotillaError('overloaded', `this node answers ${questionsMax} questions about itself already`, {
        hint: 'ask again in a moment',
      })
    }
    this.#underWay++
    try {
      return await this.#answered(from, request, signal)
    } finally {
      this.#underWay--
    }
  }

  async #answered(from: NodeId, request: MonitorRequest, signal: AbortSignal): Promise<Uint8Array> {
    const { monitor } = this.#parts
    switch (request.type) {
      case 'figures':
        return figuresCodec.encode(systemForWire(this.figures()))
      case 'processes': {
        const { processes, ...counts } = await this.processes(request, signal)
        return processesCodec.encode({ processes: processes.map(processForWire), ...counts })
      }
      case 'tree': {
        const tree = await monitor.tree(request.pid, { signal })
        return treeCodec.encode({ processes: tree.slice(0, wireLimits.treeMax).map(processForWire) })
      }
      case 'history':
        return historyCodec.encode({ points: monitor.history(request.query).slice(-wireLimits.historyPointsMax) })
      case 'signal':
      case 'nice':
        await this.control(from, request)
        return doneCodec.encode({ isDone: true })
      default:
        return unreachable(request, 'request')
    }
  }

  figures(): NonNullable<Monitor['latest']> {
    const { latest } = this.#parts.monitor
    if (latest !== undefined) return latest
    throw new FlotillaError('not-ready', 'this node has not looked at itself yet', { hint: 'ask again in a second' })
  }

  /** With those of its virtual machines, where they are wanted too. */
  async processes(
    { query, withGuests }: { readonly query: ProcessQuery; readonly withGuests: boolean },
    signal: AbortSignal,
  ): Promise<ProcessesAnswer> {
    const { monitor, guests } = this.#parts
    const [own, inside] = await Promise.all([
      monitor.processes(query, { signal }),
      withGuests ? (guests?.processes(query, { signal }) ?? []) : [],
    ])
    const lists = inside.map(({ vm, processes }) => processes.map((process) => ({ ...process, vm })))
    return {
      processes: mergeProcesses([own.processes, ...lists], query),
      matching: inside.reduce((sum, { matching }) => sum + matching, own.matching),
      total: inside.reduce((sum, { total }) => sum + total, own.total),
    }
  }

  /** Written down before it is done, and what became of it. */
  async control(from: NodeId, order: ControlOrder): Promise<void> {
    const { control, monitor } = this.#parts
    const { permits, audit } = control
    if (!permits(from, order)) {
      await audit({ from, order, outcome: 'refused', code: 'not-permitted' })
      throw new FlotillaError('not-permitted', `${from} may not touch processes of this node`, {
        hint: 'do it on that machine itself, or let its operator allow it: see `processes` in its settings',
      })
    }
    await audit({ from, order, outcome: 'asked' })
    try {
      if (order.type === 'signal') await monitor.signal(order.process, order.signal)
      else await monitor.setNice(order.process, order.nice)
    } catch (error) {
      await audit(failed(from, order, error))
      throw error
    }
    await audit({ from, order, outcome: 'done' })
  }
}

function failed(from: NodeId, order: ControlOrder, error: unknown): ControlRecord {
  const code: string = error instanceof FlotillaError ? String(error.code) : 'failed'
  return { from, order, outcome: 'failed', code }
}
