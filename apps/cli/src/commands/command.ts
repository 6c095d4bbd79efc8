import { FlotillaError } from '@flotilla/core/errors'
import { cliLimitsDefaults } from '../limits.ts'
import { configuredFolder } from '../running-node/configured-folder.ts'
import type { NodePlace, RemoteNode } from '../running-node/node-place.ts'
import { remotePlace } from '../running-node/remote-place.ts'
import { ownUsualFolder, usualFolder } from '../running-node/usual-folder.ts'
import type { Line } from '../terminal/lines.ts'

/** The shape of every command; help, reading of arguments and the documentation's checks follow from it. */
export interface Command {
  /** One or more words. */
  readonly name: string
  readonly summary: string
  readonly usage: string
  /** Lines to copy, with what they do. */
  readonly examples?: readonly (readonly [line: string, does: string])[]
  /** Exit codes of its own. */
  readonly exitCodes?: readonly (readonly [code: number, meaning: string])[]
  readonly options: readonly Option[]
  /** How many words it takes besides its options. */
  readonly words: { readonly least: number; readonly most: number }
  /** Everything after its name goes to another program, but for the global options. */
  readonly handsOn?: boolean
  /** It is about this machine though it names a data folder: no node elsewhere can be asked. */
  readonly isLocal?: boolean
  /** What it waits for where it takes longer than a moment and says nothing until its end; as "the cluster". */
  readonly waitsFor?: string
  readonly run: (call: Call) => Promise<Result>
}

export interface Option {
  readonly name: string
  /** As `-o`, beside `--output`. */
  readonly letter?: string
  /** How help shows the value; empty for one that has none. */
  readonly placeholder: string
  readonly description: string
}

/** A command with what was given to it. */
export interface Call {
  readonly words: readonly string[]
  readonly options: ReadonlyMap<string, string>
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Prints something before the end, as a result is printed. */
  readonly say: (lines: readonly Line[], document: unknown) => void
}

/** What came of it: the same thing for people and for programs. */
export interface Result {
  readonly exitCode: number
  readonly lines: readonly Line[]
  /** What `--json` prints; undefined where the command itself has said everything. */
  readonly document: unknown
}

export const dataOption: Option = {
  name: 'data',
  placeholder: 'FOLDER',
  description:
    "the node's data folder; default: FLOTILLA_DATA, or what the file with settings says, or .flotilla/node, " +
    'or the first node of a demo',
}

/** How a node elsewhere is named; every command has these that asks a node. */
const remoteOptions: readonly Option[] = [
  {
    name: 'at',
    placeholder: 'URL',
    description: 'ask a node elsewhere, as https://HOST:PORT; default: FLOTILLA_AT, or the node on this machine',
  },
  {
    name: 'token-file',
    placeholder: 'FILE',
    description: 'the API token for it; default: what FLOTILLA_TOKEN holds',
  },
  {
    name: 'fingerprint',
    placeholder: 'SHA256',
    description:
      'by which it is known where no authority vouches for it, as `flotilla status` there shows it; default: ' +
      'FLOTILLA_FINGERPRINT',
  },
]

/** Through the node that is asked, another one of its cluster. */
const onOption: Option = {
  name: 'on',
  placeholder: 'NODE',
  description: 'look at that node of the cluster, through the one that is asked; for commands that change nothing',
}

/** All options of a command, but for those that every command has. */
export function optionsOf({ options, isLocal, handsOn }: Command): readonly Option[] {
  const asksNode = options.includes(dataOption) && isLocal !== true && handsOn !== true
  return asksNode ? [...options, ...remoteOptions, onOption] : options
}

/** Which node is asked. Whoever names a data folder means that one. */
export function nodeOf(call: Call): NodePlace {
  const node = call.options.get('on')
  return node === undefined ? askedNode(call) : { through: askedNode(call), node }
}

function askedNode(call: Call): string | RemoteNode {
  const { options, environment } = call
  const at = options.get('at') ?? (options.has('data') ? undefined : environment['FLOTILLA_AT'] || undefined)
  if (at !== undefined) {
    if (options.has('data')) throw wrongUsage('--at and --data name two nodes', 'give one of them')
    return remotePlace({
      at,
      token: environment['FLOTILLA_TOKEN'] || undefined,
      tokenFile: options.get('token-file'),
      fingerprint: options.get('fingerprint') ?? (environment['FLOTILLA_FINGERPRINT'] || undefined),
    })
  }
  const useless = ['token-file', 'fingerprint'].find((name) => options.has(name))
  if (useless !== undefined) throw wrongUsage(`--${useless} is for a node elsewhere`, 'name it with --at')
  return dataFolderOf(call)
}

export const nameOption: Option = {
  name: 'name',
  placeholder: 'NAME',
  description: "what the cluster calls this machine; default: the running node's name, else the machine's",
}

/** Of the node that is asked. */
export function dataFolderOf(call: Call): string {
  return namedFolder(call) ?? usualFolder()
}

/** Of the node that this machine is to have; never that of a demonstration, unless somebody names it. */
export function ownDataFolderOf(call: Call): string {
  return namedFolder(call) ?? ownUsualFolder()
}

function namedFolder({ options, environment }: Call): string | undefined {
  // An empty variable counts as none, as is usual.
  const given = options.get('data') ?? (environment['FLOTILLA_DATA'] || undefined)
  const folder = given ?? configuredFolder(environment)
  if (folder === undefined || (folder !== '' && !folder.includes('\0'))) return folder
  throw wrongUsage('the data folder has no name', 'write --data FOLDER')
}

export function wrongUsage(what: string, hint: string): FlotillaError {
  return new FlotillaError('wrong-usage', what, { hint })
}

/** A wrong word as errors repeat it. */
export function shown(word: string): string {
  return JSON.stringify(word.slice(0, cliLimitsDefaults.shownLengthMax))
}
