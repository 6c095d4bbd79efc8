import type { AuditEntry } from '@flotilla/core/audit'
import { FlotillaError } from '@flotilla/core/errors'
import type { Logger } from '@flotilla/core/observe'
import type { AnySchema } from '../schema/schema.ts'
import { nodeLimitsDefaults } from '../limits.ts'
import { callerText, type Caller } from './caller.ts'
import type { AuditKind } from './route-about.ts'

/** Where it is written down, for good, what somebody wants done. Rejects where that cannot be done. */
export interface AuditWriter {
  write(entry: AuditEntry): Promise<void>
}

/** One request that changes something. */
export interface Change {
  readonly kind: AuditKind
  readonly caller: Caller
  readonly method: string
  /** Of the route. */
  readonly path: string
  /** What stands in the place of its `*`. */
  readonly rest: string
  readonly schema: AnySchema | undefined
  readonly document: unknown
}

export interface AuditedCallOptions {
  readonly audit: AuditWriter
  readonly logger: Logger
}

/**
 * Has it written down first: what cannot be is not done. What came of it is written down afterwards; that this fails
 * changes nothing of what was done, so the log of the node is all that can be told.
 */
export async function auditedCall<Done>(
  { audit, logger }: AuditedCallOptions,
  change: Change,
  run: () => Promise<Done>,
): Promise<Done> {
  const { kind } = change
  if (kind === 'itself' || kind === 'never') return await run()
  const entry = entryOf(change)
  await audit.write({ ...entry, outcome: 'asked' })
  if (kind === 'once') return await run()
  const note = async (outcome: AuditEntry['outcome'], code?: string): Promise<void> => {
    const { details, ...rest } = entry
    const ended = code === undefined ? details : { ...details, code }
    await audit.write({ ...rest, details: ended, outcome }).catch((error: unknown) => {
      logger.error({ err: error, action: entry.action, outcome }, 'what came of a change could not be audited')
    })
  }
  try {
    const done = await run()
    await note('done')
    return done
  } catch (error) {
    if (isRefusal(error)) await note('refused', error.code)
    else await note('failed')
    throw error
  }
}

type Noted = Omit<AuditEntry, 'outcome'> & { readonly details: NonNullable<AuditEntry['details']> }

function entryOf({ caller, method, path, rest, schema, document }: Change): Noted {
  const fields = Object.entries(isObject(document) ? document : {})
  const noted = fields.map(([name, value]) => [name, notedValue(name, value, schema?.properties?.[name])] as const)
  const route = { route: `${method} ${path}` }
  return {
    actor: callerText(caller),
    action: actionOf(method, path),
    target: rest === '' ? targetIn(noted) : cut(rest),
    details: { ...Object.fromEntries(noted), ...route, callerRole: caller.role },
  }
}

/** As `cluster.revoke`, or `blobs.put` for content. */
function actionOf(method: string, path: string): string {
  const words = path
    .replace(/^\/(?:v\d+\/)?/, '')
    .replace(/\/\*$/, '')
    .replaceAll('/', '.')
  return method === 'POST' ? words : `${words}.${method.toLowerCase()}`
}

/** Whatever somebody has named first. */
function targetIn(fields: readonly (readonly [string, string | number | boolean])[]): string {
  const names = ['node', 'name', 'ref', 'user', 'id', 'vm', 'key']
  const found = names.flatMap((name) => fields.filter(([field, value]) => field === name && value !== hidden))[0]
  return found === undefined ? 'this node' : String(found[1])
}

const hidden = '(secret)'
/** Hidden even where somebody has forgotten to say that they are secrets. */
const secretForm = /^(password|old|new|code|secret|passphrase|token|ticket|file)$|password|secret|passphrase/i

function notedValue(name: string, value: unknown, schema: AnySchema | undefined): string | number | boolean {
  if (secretForm.test(name) || schema?.writeOnly === true) return hidden
  if (typeof value === 'number' || typeof value === 'boolean') return value
  return cut(typeof value === 'string' ? value : JSON.stringify(value))
}

function cut(text: string): string {
  const most = nodeLimitsDefaults.auditTextLengthMax
  return text.length <= most ? text : `${text.slice(0, most - 1).toWellFormed()}…`
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function isRefusal(error: unknown): error is FlotillaError {
  return error instanceof FlotillaError
}
