import type { LogFields, Logger } from '@flotilla/core/observe'
import type { Host } from '@flotilla/sim'

/** What a node logs stands in the trace, where whoever looks into a failed seed finds it. */
export function notingLogger(host: Host): Logger {
  const note = (fields: LogFields, message: string): void => host.note(message, shown(fields))
  const logger: Logger = {
    trace: note,
    debug: note,
    info: note,
    warn: note,
    error: note,
    child: () => logger,
    isLevelEnabled: () => true,
  }
  return logger
}

function shown(fields: LogFields): string {
  const { err, ...others } = fields
  const told = err instanceof Error ? [err.message, err.cause instanceof Error ? err.cause.message : ''] : []
  return [JSON.stringify(others), ...told].join(' ')
}
