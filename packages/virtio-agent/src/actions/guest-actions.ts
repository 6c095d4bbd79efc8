import type { Logger } from '@flotilla/core/observe'
import type { Clock } from '@flotilla/core/time'
import type { MachineSource, ProcessControl } from '@flotilla/procmon'
import { commandNames } from '../contract.ts'
import type { CommandName, CommandOrder, CommandOutcome, CommandRun, GuestCommands, GuestFigures } from '../contract.ts'
import type { ActionAudit } from '../audit/index.ts'
import type { ProgramRunner } from '../execution/contract.ts'
import type { QgaSystem } from '../qga/contract.ts'
import { changes, isUnsafe, quiet } from './command-kinds.ts'
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
import { auditEntry } from './order-entry.ts'
import { FileUploads } from './file-uploads.ts'
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
  readonly audit: ActionAudit
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
  /** Of programs that an order gives none; ours where it is absent. */
  readonly environment?: readonly string[]
  readonly logger?: Logger
  readonly limits?: Partial<ActionLimits>
}

/** Does what orders of the host ask for, as far as the guest's configuration allows, and writes each of them down. */
export function guestActions(options: GuestActionsOptions): GuestCommands {
  return new GuestActions(options, validateActionLimits(options.limits))
}

class GuestActions implements GuestCommands {
  readonly #options: GuestActionsOptions
  readonly #handlers: ReadonlyMap<CommandName, Handler>
  readonly #uploads: FileUploads

  constructor(options: GuestActionsOptions, limits: ActionLimits) {
    this.#options = options
    this.#uploads = new FileUploads({ ...options, limits })
    const parts = { ...options, limits, uploads: this.#uploads, supported: () => this.supported() }
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
    return commandNames.filter((name) => this.#handlers.has(name) && this.#refusalOf(name) === undefined)
  }

  async run(order: CommandOrder, run: CommandRun): Promise<CommandOutcome> {
    const handler = this.#handlers.get(order.command)
    const why = this.#refusal(order)
    if (handler === undefined || why !== undefined) {
      const outcome = why ?? notDone(order)
      // Whoever knocks is written down too.
      this.#note(order, outcome)
      return outcome
    }
    try {
      if (changes(order.command)) await this.#options.audit.write(auditEntry(order, 'asked'))
      // Whoever wants it no more while it was written down wants nothing done.
      run.signal.throwIfAborted()
      const outcome = await handler(new OrderArguments(order.arguments), { order, run })
      this.#note(order, outcome)
      return outcome
    } catch (error) {
      const outcome = failureOf(error, run.signal) ?? this.#bug(order, error)
      this.#note(order, outcome)
      return outcome
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#uploads[Symbol.asyncDispose]()
    await this.#options.runner[Symbol.asyncDispose]()
  }

  #refusal(order: CommandOrder): CommandOutcome | undefined {
    const { command, isSigned } = order
    if (!this.#handlers.has(command)) return notDone(order)
    const notAllowed = this.#refusalOf(command)
    if (notAllowed !== undefined) return notAllowed
    if (isUnsafe(command) && !isSigned) {
      return refused('not-signed', `${command} must be signed by a key that this guest trusts`)
    }
    if (changes(command) && this.#options.system.freeze?.isFrozen === true) {
      return refused('frozen', 'file systems of this guest are frozen: thaw them first')
    }
    return undefined
  }

  #note(order: CommandOrder, outcome: CommandOutcome): void {
    const { audit } = this.#options
    const entry = auditEntry(order, outcome.type, 'code' in outcome ? { code: outcome.code } : {})
    if (outcome.type !== 'refused' && changes(order.command)) audit.note(entry)
    else if (outcome.type === 'refused' || !quiet.has(order.command)) audit.mention(entry)
  }

  #bug({ command }: CommandOrder, error: unknown): CommandOutcome {
    this.#options.logger?.error({ err: error, command }, 'a command failed for a reason of ours')
    return { type: 'failed', code: 'failed', message: 'the agent failed at this command; its log says why' }
  }

  #refusalOf(command: CommandName): CommandOutcome | undefined {
    const { allowed, blocked = [], allowsUnsafe } = this.#options.policy
    const isAllowed = isUnsafe(command) ? allowsUnsafe : allowed === undefined || allowed.includes(command)
    if (isAllowed && !blocked.includes(command)) return undefined
    const how = isUnsafe(command) && !allowsUnsafe ? 'allow-unsafe' : 'its lists of commands'
    return refused('not-permitted', `the configuration of this guest does not allow ${command}: see ${how}`)
  }
}

function notDone({ command }: CommandOrder): CommandOutcome {
  return refused('not-supported', `this guest does not do ${command}`)
}

function refused(code: 'not-supported' | 'not-permitted' | 'not-signed' | 'frozen', message: string): CommandOutcome {
  return { type: 'refused', code, message }
}
