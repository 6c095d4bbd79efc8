import type { CommandName, CommandOrder, CommandOutcome, CommandRun } from '../../contract.ts'
import type { FileUploads } from '../file-uploads.ts'
import type { GuestActionsOptions } from '../guest-actions.ts'
import type { ActionLimits } from '../limits.ts'
import type { OrderArguments } from '../order-arguments.ts'

/** Everything that handlers are made of. */
export interface HandlerParts extends Omit<GuestActionsOptions, 'limits'> {
  readonly limits: ActionLimits
  readonly uploads: FileUploads
  readonly supported: () => readonly CommandName[]
}

export interface HandlerContext {
  readonly order: CommandOrder
  readonly run: CommandRun
}

/** Does one command; throws a `FlotillaError` with one of the codes of refusals and failures. */
export type Handler = (given: OrderArguments, context: HandlerContext) => Promise<CommandOutcome>

/** What is absent is not supported. */
export type HandlerTable = { readonly [Name in CommandName]?: Handler }
