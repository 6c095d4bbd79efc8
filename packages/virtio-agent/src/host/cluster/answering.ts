import { FlotillaError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import type { CommandName, JsonValue } from '../../contract.ts'
import type { GuestHost, VmOrder, VmOutcome } from '../contract.ts'
import type { GuestControl, GuestOrder, GuestQuestion, GuestReply } from './contract.ts'

/** Those that change nothing, and tell nothing that the figures do not tell: whoever may see the machine may ask. */
const harmless: ReadonlySet<CommandName> = new Set<CommandName>([
  'ping',
  'info',
  'metrics.get',
  'service.list',
  'package.list',
  'package.search',
  'process.list',
  'network.show',
  'disk.show',
  'user.list',
  'time.get',
])

/** Pieces of progress that another node has not taken yet; further ones are dropped, and counted. */
const piecesWaitingMax = 64

export interface AnsweringParts {
  readonly host: GuestHost
  readonly control: GuestControl
  readonly limits: { readonly vmsMax: number }
}

/** What this node does with its machines, for others and for its own people alike. */
export class GuestAnswering {
  readonly #parts: AnsweringParts

  constructor(parts: AnsweringParts) {
    this.#parts = parts
  }

  /** Each reply is awaited, so that a slow asker slows us down. */
  async answer(
    from: NodeId,
    question: GuestQuestion,
    { signal, reply }: { readonly signal: AbortSignal; readonly reply: (reply: GuestReply) => Promise<void> },
  ): Promise<void> {
    const { host, limits } = this.#parts
    switch (question.type) {
      case 'list':
        for (const vm of host.list().slice(0, limits.vmsMax)) await reply({ type: 'vm', vm })
        return
      case 'metrics':
        return reply({ type: 'metrics', metrics: host.metrics(question.vm) })
      case 'order': {
        let sent: Promise<void> = Promise.resolve()
        let [waiting, dropped] = [0, 0]
        const onProgress: VmOrder['onProgress'] = (piece) => {
          if (waiting >= piecesWaitingMax) {
            dropped++
            return
          }
          waiting++
          const told = sent.then(() => reply({ type: 'progress', piece })).catch(() => {})
          sent = told.then(() => void waiting--)
        }
        const outcome = await this.order(from, question, { signal, onProgress })
        await sent
        return reply({ type: 'ended', outcome: { ...outcome, dropped: outcome.dropped + dropped } })
      }
    }
  }

  /** What changes something is written down before it is done, and what became of it. */
  async order(
    from: NodeId,
    { vm, command, arguments: given, actor, timeoutMs }: GuestOrder,
    more: Pick<VmOrder, 'signal' | 'onProgress'>,
  ): Promise<VmOutcome> {
    const { host, control } = this.#parts
    const order = { vm, command, arguments: given, actor, timeoutMs }
    const whole: VmOrder = { command, arguments: given, actor, timeoutMs, ...more }
    if (harmless.has(command)) return host.order(vm, whole)
    if (!control.permits(from, order)) {
      await control.audit({ from, order, outcome: 'refused', code: 'not-permitted' })
      throw new FlotillaError('not-permitted', `${from} may not touch the virtual machines of this node`, {
        hint: 'do it on that machine itself, or let its operator allow it with --process-control',
      })
    }
    await control.audit({ from, order, outcome: 'asked' })
    let outcome: VmOutcome
    try {
      outcome = await host.order(vm, whole)
    } catch (error) {
      const code: string = error instanceof FlotillaError ? String(error.code) : 'failed'
      await control.audit({ from, order, outcome: 'failed', code })
      throw error
    }
    const { ending } = outcome
    if (ending.type === 'done') await control.audit({ from, order, outcome: 'done' })
    else {
      const code = ending.type === 'lost' ? 'lost' : ending.code
      await control.audit({ from, order, outcome: ending.type === 'refused' ? 'refused' : 'failed', code })
    }
    return outcome
  }
}

/** Arguments as an audit log may keep them: what was to be run and touched, not what was sent along. */
export function auditedArguments(given: Readonly<Record<string, JsonValue>>): string {
  const secret = new Set(['input', 'environment', 'content'])
  const shown = Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, secret.has(name) ? 'not kept' : value]),
  )
  const text = JSON.stringify(shown)
  return text.length <= argumentsUnitsMax ? text : `${text.slice(0, argumentsUnitsMax - 1).toWellFormed()}…`
}

const argumentsUnitsMax = 512
