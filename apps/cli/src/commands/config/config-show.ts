import { FlotillaError } from '@flotilla/core/errors'
import { exitCodes } from '../../exit-codes.ts'
import { NodeClient } from '../../running-node/node-client.ts'
import { askSettingsProgram } from '../../running-node/settings-program.ts'
import type { Line } from '../../terminal/lines.ts'
import { nodeOf, dataOption, type Call, type Command, type Result } from '../command.ts'
import {
  configOption,
  entryLines,
  problemLines,
  readEntries,
  readProblems,
  readReload,
  textOrNull,
  type Entry,
  type Problem,
  type Reload,
} from './config-answer.ts'

export const configShowCommand: Command = {
  name: 'config show',
  summary: 'every setting, what it is, and where that comes from; of the node that runs, or of one to be started',
  usage: 'flotilla config show [--config FILE] [--data FOLDER]',
  examples: [
    ['flotilla config show', 'what holds in the node that runs here, and whether its file says something else by now'],
    ['flotilla config show --config new.yaml', 'what would hold in a node that is started with that file'],
  ],
  options: [configOption, dataOption],
  words: { least: 0, most: 0 },
  async run(call) {
    const running = call.options.has('config') ? undefined : await ofRunningNode(call)
    return running === undefined ? resultOf(await ofNewNode(call), undefined) : resultOf(running, running.onDisk)
  },
}

interface Shown {
  readonly file: string | null
  readonly settings: readonly Entry[]
  readonly problems: readonly Problem[]
  readonly warnings: readonly string[]
}

async function ofRunningNode(call: Call): Promise<(Shown & { readonly onDisk: Reload }) | undefined> {
  const place = nodeOf(call)
  try {
    const client = await NodeClient.of(place)
    return await client.get('/v1/settings', (said) => {
      const onDisk = readReload(said.object('onDisk'))
      return {
        file: textOrNull(said, 'file'),
        settings: readEntries(said),
        problems: onDisk.problems,
        warnings: said.texts('warnings'),
        onDisk,
      }
    })
  } catch (error) {
    if (typeof place === 'string' && error instanceof FlotillaError && error.code === 'not-running') return undefined
    throw error
  }
}

async function ofNewNode({ options, environment }: Call): Promise<Shown> {
  const flags = ['config', 'data'].flatMap((name) => {
    const value = options.get(name)
    return value === undefined ? [] : [`--${name}=${value}`]
  })
  const said = await askSettingsProgram(['show', ...flags], environment)
  return {
    file: textOrNull(said, 'file'),
    settings: readEntries(said),
    problems: readProblems(said),
    warnings: said.texts('warnings'),
  }
}

function resultOf(shown: Shown, onDisk: Reload | undefined): Result {
  const { file, settings, problems, warnings } = shown
  const whose = onDisk === undefined ? 'No node runs here; one would start with these settings.' : 'The node runs.'
  const lines: readonly Line[] = [
    `${whose} ${file === null ? 'There is no file.' : `The file is ${file}.`}`,
    ...(settings.length === 0 ? [] : entryLines(settings)),
    ...warnings.map((warning): Line => [{ tone: 'careful', text: `Careful: ${warning}.` }]),
    ...(onDisk === undefined ? [] : differenceLines(onDisk)),
    ...(problems.length === 0 ? [] : ['', 'This is wrong, and a node would not start with it:']),
    ...problemLines(problems),
  ]
  const document = { running: onDisk !== undefined, file, settings, warnings, onDisk: onDisk ?? { problems } }
  return { exitCode: problems.length === 0 ? exitCodes.ok : exitCodes.failed, lines, document }
}

function differenceLines({ changed, waiting }: Reload): readonly Line[] {
  const told = (names: readonly string[], when: string): readonly Line[] =>
    names.length === 0
      ? []
      : [[{ tone: 'careful', text: `On the disk it is different: ${names.join(', ')}; ${when}.` }]]
  return [
    ...told(changed, '`flotilla config reload` has it take effect'),
    ...told(waiting, 'that holds from the next start'),
  ]
}
