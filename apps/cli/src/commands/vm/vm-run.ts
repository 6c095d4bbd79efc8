import { constants } from 'node:os'
import process from 'node:process'
import { createInterface } from 'node:readline'
import { FlotillaError } from '@flotilla/core/errors'
import { safeText } from '@flotilla/core/text'
import { exitCodes, vmRunCodeMeanings } from '../../exit-codes.ts'
import { cliLimitsDefaults } from '../../limits.ts'
import type { NodeAnswer } from '../../running-node/node-answer.ts'
import { wholeInput } from '../../terminal/standard-input.ts'
import { writtenOut } from '../../terminal/standard-output.ts'
import { dataOption, wrongUsage, type Call, type Command, type Option, type Result } from '../command.ts'
import { nodeOption, timeoutOption } from './vm-answer.ts'
import { ordered, timeoutOf, type VmPiece } from './vm-order.ts'

const inputOption: Option = {
  name: 'input',
  placeholder: '',
  description: `give it standard input to read, all of it and ${cliLimitsDefaults.vmInputBytesMax / 1_024} KiB at most`,
}

export const vmExecCommand: Command = {
  name: 'vm exec',
  summary: 'runs a program in a virtual machine that allows it; its output and its exit code come back',
  usage: 'flotilla vm exec VM [--input] [--timeout 10m] [--node NODE] [--data FOLDER] -- COMMAND...',
  examples: [
    ['flotilla vm exec web -- uname -a', 'nothing of it goes through a shell'],
    ['flotilla vm exec web -- cat /etc/hosts > hosts', 'as it is'],
    ['flotilla vm exec web --input -- sh < mend.sh', 'the program reads what is given here'],
  ],
  exitCodes: vmRunCodeMeanings,
  options: [inputOption, timeoutOption, nodeOption, dataOption],
  words: { least: 2, most: Infinity },
  async run(call) {
    const [vm = '', path = '', ...more] = call.words
    const given = { path, ...(more.length === 0 ? {} : { arguments: more }), ...(await inputOf(call)) }
    return ran(call, vm, 'unsafe.exec', given)
  },
}

export const vmShellCommand: Command = {
  name: 'vm shell',
  summary: 'runs a line, or each line of the input, in the shell of a virtual machine that allows it',
  usage: 'flotilla vm shell VM [LINE] [--input] [--timeout 10m] [--node NODE] [--data FOLDER]',
  examples: [
    ["flotilla vm shell web 'ls /srv | wc -l'", 'one line'],
    ['flotilla vm shell web', 'a line after the other, until the end of the input; each in a shell of its own'],
  ],
  exitCodes: vmRunCodeMeanings,
  options: [inputOption, timeoutOption, nodeOption, dataOption],
  words: { least: 1, most: 2 },
  async run(call) {
    const [vm = '', line] = call.words
    if (line !== undefined) return ran(call, vm, 'unsafe.shell', { script: line, ...(await inputOf(call)) })
    if (call.options.has('input')) throw wrongUsage('--input is given without a line', 'give the line as a word')
    if (call.options.has('json')) throw wrongUsage('--json is given without a line', 'give the line as a word')
    const lines = createInterface({ input: process.stdin })
    const prompt = (): boolean => process.stdin.isTTY && process.stderr.write(`${safeText(vm)}> `)
    let exitCode: number = exitCodes.ok
    prompt()
    for await (const script of lines) {
      if (script.trim() !== '') ({ exitCode } = await ran(call, vm, 'unsafe.shell', { script }))
      prompt()
    }
    return { exitCode, lines: [], document: undefined }
  },
}

/** Read to its end before anything is asked for: whoever gives half of it has given nothing. */
async function inputOf({ options }: Call): Promise<{ readonly input?: string }> {
  if (!options.has('input')) return {}
  const { vmInputBytesMax } = cliLimitsDefaults
  const input = await wholeInput(vmInputBytesMax)
  if (input !== undefined) return { input: Buffer.from(input).toString('base64') }
  throw new FlotillaError('vm-not-run', `standard input has more than ${vmInputBytesMax} bytes; nothing was run`, {
    hint: 'bring it there with `flotilla vm write`, and have the program read that file',
  })
}

async function ran(call: Call, vm: string, command: string, given: object): Promise<Result> {
  const isShown = !call.options.has('json')
  // To a terminal as it comes; into a pipe or a file at the end, all of it, as on the way pieces may be dropped.
  const isLive = isShown && process.stdout.isTTY
  const printed = { stdout: 0, stderr: 0 }
  const onPiece = async (piece: VmPiece): Promise<void> => {
    if (!isLive || piece.type !== 'output') return
    printed[piece.stream] += piece.bytes.length
    await written(piece.stream, piece.bytes)
  }
  const timeoutSeconds = timeoutOf(call, cliLimitsDefaults.vmLongOrderSecondsUsual)
  const { ending, dropped } = await ordered(call, { vm, command, arguments: given, timeoutSeconds, onPiece })
  const value = ending.object('value')
  const program = programIn(value)
  if (isShown) {
    for (const stream of ['stdout', 'stderr'] as const) {
      // What was dropped on its way is somewhere in the middle; all of it is here.
      const from = dropped === 0 ? printed[stream] : 0
      await written(stream, program[stream].subarray(from))
      if (program.cut[stream]) process.stderr.write(`flotilla: ${stream} was cut: the agent keeps no more of it\n`)
    }
    return { exitCode: program.exitCode, lines: [], document: undefined }
  }
  const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)
  const { stdout, stderr, signal, cut } = program
  const usage = ending.value('usage')
  const document = { exitCode: program.exitCode, signal, stdout: text(stdout), stderr: text(stderr), cut, usage }
  return { exitCode: program.exitCode, lines: [], document }
}

function programIn(value: NodeAnswer) {
  const signal = value.maybe('signal', () => value.text('signal')) ?? null
  const number = constants.signals[(signal ?? 'SIGKILL') as NodeJS.Signals] ?? constants.signals.SIGKILL
  return {
    exitCode: signal === null ? value.count('exitCode') : 128 + number,
    signal,
    stdout: Buffer.from(value.text('stdout'), 'base64'),
    stderr: Buffer.from(value.text('stderr'), 'base64'),
    cut: { stdout: value.flag('stdoutCut'), stderr: value.flag('stderrCut') },
  }
}

function written(stream: 'stdout' | 'stderr', bytes: Uint8Array): Promise<void> {
  if (bytes.length === 0) return Promise.resolve()
  if (stream === 'stdout') return writtenOut(bytes)
  return new Promise((resolve) => process.stderr.write(bytes, () => resolve()))
}
