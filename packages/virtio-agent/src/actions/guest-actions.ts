import type { AuditEntry } from '@flotilla/core/audit'
import { FlotillaError } from '@flotilla/core/errors'
import { silentLogger, type Logger } from '@flotilla/core/observe'
import type { Clock } from '@flotilla/core/time'
import type { MachineSource, ProcessControl } from '@flotilla/procmon'
import type { CommandName, CommandOrder, CommandOutcome, CommandRun, GuestCommands, GuestFigures } from '../contract.ts'
import type { ProgramRunner } from '../execution/contract.ts'
import type { QgaSystem } from '../qga/contract.ts'
import { factHandlers } from './handlers/facts.ts'
import { fileHandlers } from './handlers/files.ts'
import type { Handler, HandlerTable } from './handlers/handler.ts'
import { packageHandlers } from './handlers/packages.ts'
import { powerHandlers } from './handlers/power.ts'
import { processHandlers } from './handlers/processes.ts'
import { serviceHandlers } from './handlers/services.ts'
import { unsafeHandlers } from './handlers/unsafe.ts'
import { validateActionLimits, type ActionLimits } from './limits.ts'
import { OrderArguments } from './order-arguments.ts'
import { failureOf } from './outcomes.ts'
import type { FileShelf, PackageManager, ServiceManager } from './ports.ts'

/** What the guest's own configuration lets the host do. */
export interface GuestPolicy {
  /** Default: all that are safe. */
  readonly allowed?: readonly CommandName[]
  readonly blocked?: readonly CommandName[]
  /** Programs of any kind, where the order is signed. */
  readonly allowsUnsafe: boolean
}

export interface GuestActionsOptions {
  readonly policy: GuestPolicy
  /** Rejects where it cannot be written down: then nothing is done. */
  readonly audit: { write(entry: AuditEntry): Promise<void> }
  readonly clock: Clock
  readonly about: { readonly agentVersion: string; readonly hostName: () => string }
  readonly figures: GuestFigures
  readonly source: MachineSource
  readonly control: ProcessControl
  readonly runner: ProgramRunner
  /** What is absent here is `not-supported`. */
  readonly system: QgaSystem
  readonly services?: ServiceManager
  readonly packages?: PackageManager
  readonly files?: FileShelf
  readonly logger?: Logger
  readonly limits?: Partial<ActionLimits>
}

/** Does what orders of the host ask for, as far as the guest's configuration allows, and writes each of them down. */
export function guestActions(options: GuestActionsOptions): GuestCommands {
  return new GuestActions(options, validateActionLimits(options.limits))
}

/** These only tell what is; everything else changes something, or may. */
const quiet: ReadonlySet<CommandName> = new Set(['ping', 'info', 'metrics.get'])

class GuestActions implements GuestCommands {
  readonly #options: GuestActionsOptions
  readonly #handlers: ReadonlyMap<CommandName, Handler>

  constructor(options: GuestActionsOptions, limits: ActionLimits) {
    this.#options = options
    const parts = { ...options, limits, supported: () => this.supported() }
    const tables: readonly HandlerTable[] = [
      factHandlers(parts),
      processHandlers(parts),
      serviceHandlers(parts),
      packageHandlers(parts),
      fileHandlers(parts),
      powerHandlers(parts),
      unsafeHandlers(parts),
    ]
    this.#handlers = new Map(tables.flatMap((table) => Object.entries(table) as [CommandName, Handler][]))
  }

  supported(): readonly CommandName[] {
    return [...this.#handlers.keys()].filter((name) => this.#refusalOf(name) === undefined)
  }

  async run(order: CommandOrder, run: CommandRun): Promise<CommandOutcome> {
    const { command } = order
    const handler = this.#handlers.get(command)
    const refusal =
      handler === undefined ? refused('not-supported', `this guest does not do ${command}`) : this.#refusalOf(command)
    const unsigned =
      command.startsWith('unsafe.') && !order.isSigned
        ? refused('not-signed', `${command} must be signed by a key that this guest trusts`)
        : undefined
    const why = refusal ?? unsigned
    if (handler === undefined || why !== undefined) {
      // Whoever knocks is written down too; where that fails the refusal stands all the same.
      await this.#write(order, 'refused').catch(() => {})
      return why ?? refused('not-supported', `this guest does not do ${command}`)
    }
    return this.#done(order, run, handler)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#options.runner[Symbol.asyncDispose]()
  }

  async #done(order: CommandOrder, run: CommandRun, handler: Handler): Promise<CommandOutcome> {
    const isQuiet = quiet.has(order.command)
    try {
      const given = new OrderArguments(order.arguments)
      if (!isQuiet) await this.#written(order)
      const outcome = await handler(given, { order, run })
      if (!isQuiet) await this.#writeEnd(order, outcome)
      return outcome
    } catch (error) {
      const outcome = failureOf(error, run.signal)
      if (outcome === undefined) {
        this.#options.logger?.error({ err: error, command: order.command }, 'a command failed for a reason of ours')
      }
      const told = outcome ?? { type: 'failed', code: 'failed', message: 'the agent failed; its log says why' }
      if (!isQuiet) await this.#writeEnd(order, told)
      return told
    }
  }

  async #written(order: CommandOrder): Promise<void> {
    try {
      await this.#write(order, 'asked')
    } catch (cause) {
      throw new FlotillaError('failed', 'it could not be written to the audit log, so nothing was done', { cause })
    }
  }

  /** What was done is done, whether it can be written down or not. */
  async #writeEnd(order: CommandOrder, { type, ...rest }: CommandOutcome): Promise<void> {
    const code = 'code' in rest ? { code: rest.code } : {}
    await this.#write(order, type, code).catch((error: unknown) => {
      const { logger = silentLogger } = this.#options
      logger.error({ err: error, command: order.command }, 'what became of a command could not be written down')
    })
  }

  #write(
    { command, arguments: given, actor, isSigned }: CommandOrder,
    outcome: AuditEntry['outcome'],
    more: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const target = JSON.stringify(given, (key, value: unknown) => (secretNames.has(key) ? '(left out)' : value))
    const details = { signed: isSigned, ...more }
    return this.#options.audit.write({ actor, action: command, target, outcome, details })
  }

  #refusalOf(command: CommandName): CommandOutcome | undefined {
    const { allowed, blocked = [], allowsUnsafe } = this.#options.policy
    const isUnsafe = command.startsWith('unsafe.')
    const isAllowed = isUnsafe ? allowsUnsafe : allowed === undefined || allowed.includes(command)
    if (isAllowed && !blocked.includes(command)) return undefined
    const how = isUnsafe ? 'allow-unsafe' : 'its list of commands'
    return refused('not-permitted', `the configuration of this guest does not allow ${command}: see ${how}`)
  }
}

/** What files hold and programs are given is nobody's business. */
const secretNames: ReadonlySet<string> = new Set(['content', 'input', 'environment'])

function refused(code: 'not-supported' | 'not-permitted' | 'not-signed', message: string): CommandOutcome {
  return { type: 'refused', code, message }
}
