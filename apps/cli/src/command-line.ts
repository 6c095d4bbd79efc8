import { FlotillaError } from '@flotilla/core/errors'
import { readArguments } from './arguments.ts'
import { alertsCommand } from './commands/alerts.ts'
import { auditCommand, auditVerifyCommand } from './commands/audit.ts'
import { authorityExportCommand } from './commands/authority-export.ts'
import { authorityImportCommand } from './commands/authority-import.ts'
import { banCommand, unbanCommand } from './commands/ban.ts'
import { blobCheckCommand } from './commands/blob-check.ts'
import { blobCollectCommand } from './commands/blob-collect.ts'
import { blobGetCommand } from './commands/blob-get.ts'
import { blobListCommand } from './commands/blob-list.ts'
import { blobNameCommand, blobUnnameCommand } from './commands/blob-name.ts'
import { blobKeepCommand, blobReleaseCommand } from './commands/blob-keep.ts'
import { blobPinCommand, blobUnpinCommand } from './commands/blob-pin.ts'
import { blobPutCommand } from './commands/blob-put.ts'
import { blobRebuildCommand } from './commands/blob-rebuild.ts'
import { blobRemoveCommand } from './commands/blob-remove.ts'
import { blobRotateKeyCommand } from './commands/blob-rotate-key.ts'
import { blobStatCommand } from './commands/blob-stat.ts'
import { blobStatsCommand } from './commands/blob-stats.ts'
import { initCommand } from './commands/init.ts'
import { inviteCommand } from './commands/invite.ts'
import { joinCommand } from './commands/join.ts'
import { meshCommand } from './commands/mesh.ts'
import { nodesCommand } from './commands/nodes.ts'
import { revokeCommand } from './commands/revoke.ts'
import { rotateCommand } from './commands/rotate.ts'
import { checkCommand } from './commands/check.ts'
import type { Call, Command, Result } from './commands/command.ts'
import { helpCommand, helpOf, helpOfFamily } from './commands/help.ts'
import { historyCommand } from './commands/history.ts'
import { idCheckCommand } from './commands/id-check.ts'
import { idShowCommand } from './commands/id-show.ts'
import { killCommand, reniceCommand } from './commands/kill.ts'
import { lockDeadlocksCommand } from './commands/lock-deadlocks.ts'
import { lockListCommand } from './commands/lock-list.ts'
import { lockRunCommand } from './commands/lock-run.ts'
import { lockShowCommand } from './commands/lock-show.ts'
import { lockWatchCommand } from './commands/lock-watch.ts'
import { machinesCommand } from './commands/machines.ts'
import { psCommand } from './commands/ps.ts'
import { raftCommand, raftFoundCommand } from './commands/raft.ts'
import { notesCommand, sayCommand } from './commands/say.ts'
import { statusCommand } from './commands/status.ts'
import { upCommand } from './commands/up.ts'
import { versionCommand } from './commands/version.ts'
import { vmCommands } from './commands/vm/vm-commands.ts'
import { exitCodeOf } from './exit-codes.ts'
import { renderLines, type Line } from './terminal/lines.ts'
import { safeJson, safeText } from '@flotilla/core/text'

type Environment = Readonly<Record<string, string | undefined>>

const others: readonly Command[] = [
  upCommand,
  statusCommand,
  historyCommand,
  checkCommand,
  initCommand,
  inviteCommand,
  joinCommand,
  nodesCommand,
  meshCommand,
  machinesCommand,
  alertsCommand,
  psCommand,
  killCommand,
  reniceCommand,
  auditCommand,
  auditVerifyCommand,
  ...vmCommands,
  sayCommand,
  notesCommand,
  lockRunCommand,
  lockListCommand,
  lockShowCommand,
  lockWatchCommand,
  lockDeadlocksCommand,
  blobPutCommand,
  blobGetCommand,
  blobListCommand,
  blobStatCommand,
  blobRemoveCommand,
  blobNameCommand,
  blobUnnameCommand,
  blobPinCommand,
  blobUnpinCommand,
  blobKeepCommand,
  blobReleaseCommand,
  blobStatsCommand,
  blobCollectCommand,
  blobCheckCommand,
  blobRebuildCommand,
  blobRotateKeyCommand,
  raftFoundCommand,
  raftCommand,
  revokeCommand,
  rotateCommand,
  banCommand,
  unbanCommand,
  authorityExportCommand,
  authorityImportCommand,
  idShowCommand,
  idCheckCommand,
  versionCommand,
]

/** From arguments to output; gives the exit code. */
export async function runCommandLine(argv: readonly string[], environment: Environment): Promise<number> {
  // A reader that has gone away, such as `head`, is no failure.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  // Before anything can go wrong, because a program wants to read what went wrong too.
  const before = argv.slice(0, argv.includes('--') ? argv.indexOf('--') : argv.length)
  const json = before.includes('--json')
  try {
    const colour = process.stdout.isTTY && !environment['NO_COLOR'] && !before.includes('--no-color')
    const say = (lines: readonly Line[], document: unknown): void => {
      console.log(json ? safeJson(document, 2) : renderLines(lines, colour))
    }
    const { exitCode, lines, document } = await resultOf(argv, environment, say)
    if (document !== undefined) say(lines, document)
    return exitCode
  } catch (error) {
    return sayError(error, json)
  }
}

async function resultOf(argv: readonly string[], environment: Environment, say: Call['say']): Promise<Result> {
  const help = helpCommand(others)
  const [first, second] = argv
  const isKnownAlone = others.some(({ name }) => name === first)
  if (first !== undefined && second === '--help' && !isKnownAlone) {
    const family = helpOfFamily(first, others)
    if (family !== undefined) return family
  }
  const { command, options, words } = readArguments(argv, [...others, help])
  if (command === undefined) return help.run({ words, options, environment, say })
  if (options.has('help')) return helpOf(command)
  return command.run({ words, options, environment, say })
}

function sayError(error: unknown, json: boolean): number {
  const { code, message, hint, said } = isKnown(error) ? knownFailure(error) : unknownFailure(error)
  if (json) console.log(safeJson({ error: { code, message, hint } }, 2))
  // A stack keeps its lines; each is made safe.
  console.error(`flotilla: ${said.split('\n').map(safeText).join('\n')}`)
  return exitCodeOf(code)
}

function isKnown(error: unknown): error is FlotillaError {
  return error instanceof FlotillaError
}

interface Failure {
  readonly code: string
  readonly message: string
  readonly hint: string | undefined
  readonly said: string
}

function knownFailure({ code, message, hint, sentence }: FlotillaError): Failure {
  return { code, message, hint, said: safeText(sentence) }
}

function unknownFailure(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error)
  const hint = 'this is a bug in flotilla: report it with what is printed here'
  return {
    code: 'failed',
    message,
    hint,
    said: `${error instanceof Error ? (error.stack ?? message) : message}\n${hint}`,
  }
}
