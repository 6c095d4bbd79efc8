import type { CommandName } from '../contract.ts'

/** The host is told this unasked, so it is not written down; a refusal is. */
export const quiet: ReadonlySet<CommandName> = new Set(['ping', 'info', 'metrics.get'])

const telling: ReadonlySet<CommandName> = new Set([
  ...quiet,
  'service.list',
  'package.list',
  'package.search',
  'process.list',
  'file.read',
  'file.list',
  'network.show',
  'disk.show',
  'user.list',
  'time.get',
])

/** Whether it may leave the guest other than it was: then it is written down before, or not done. */
export function changes(command: CommandName): boolean {
  return !telling.has(command)
}

export function isUnsafe(command: CommandName): boolean {
  return command.startsWith('unsafe.')
}
