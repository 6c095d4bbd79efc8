import { Buffer } from 'node:buffer'
import type { CommandOutcome } from '../../contract.ts'
import type { EndedProgram, ProgramToRun } from '../../execution/contract.ts'
import { wrongArguments, type OrderArguments } from '../order-arguments.ts'
import type { HandlerContext, HandlerParts, HandlerTable } from './handler.ts'

const pathRule = { lengthMax: 4_096, form: /^[^\0]+$/, mayBe: 'the name or path of a program' }
/** Linux takes no longer argument. */
const scriptBytesMax = 131_071
const scriptRule = { lengthMax: scriptBytesMax, form: /^[^\0]*$/, mayBe: 'a script for the shell' }
const folderForm = /^(\/|[A-Za-z]:\\)[^\0]*$/
const variableForm = /^[A-Za-z_][A-Za-z0-9_]*=[^\0]*$/

/** Programs of any kind: within limits, in a session of their own that ends as a whole. */
export function unsafeHandlers(parts: HandlerParts): HandlerTable {
  return {
    'unsafe.exec': (given, context) => {
      const path = given.only('path', 'arguments', 'environment', 'input', 'folder').text('path', pathRule)
      return ran(parts, { path, arguments: argumentsIn(parts, given), ...surroundings(parts, given) }, context)
    },
    'unsafe.shell': (given, context) => {
      const script = given.only('script', 'environment', 'input', 'folder').text('script', scriptRule)
      checkBytes('script', [script], scriptBytesMax)
      const shell = { path: '/bin/sh', arguments: ['-c', script] }
      return ran(parts, { ...shell, ...surroundings(parts, given) }, context)
    },
  }
}

type Surroundings = Pick<ProgramToRun, 'environment' | 'input' | 'folder'>

function argumentsIn({ limits }: HandlerParts, given: OrderArguments): readonly string[] {
  if (!given.has('arguments')) return []
  const { argumentsMax: countMax, argumentBytesMax: lengthMax } = limits
  const rule = { countMax, lengthMax, form: /^[^\0]*$/, mayBe: 'a text without zeros' }
  const found = given.texts('arguments', rule)
  checkBytes('arguments', found, lengthMax)
  return found
}

function checkBytes(name: string, texts: readonly string[], bytesMax: number): void {
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0)
  if (bytes > bytesMax) throw wrongArguments(`${name} must be ${bytesMax} bytes of UTF-8 at most`)
}

function surroundings({ limits, environment }: HandlerParts, given: OrderArguments): Surroundings {
  const { argumentsMax: countMax, argumentBytesMax: lengthMax, inputBytesMax } = limits
  const folder = given.maybeText('folder', { lengthMax: 4_096, form: folderForm, mayBe: 'an absolute path' })
  const rule = { countMax, lengthMax, form: variableForm, mayBe: 'of NAME=value' }
  const wanted = given.has('environment') ? given.texts('environment', rule) : environment
  checkBytes('environment', wanted ?? [], lengthMax)
  return {
    ...(wanted === undefined ? {} : { environment: wanted }),
    ...(given.has('input') ? { input: given.bytes('input', inputBytesMax) } : {}),
    ...(folder === undefined ? {} : { folder }),
  }
}

async function ran(
  { runner, limits }: HandlerParts,
  program: Surroundings & Pick<ProgramToRun, 'path' | 'arguments'>,
  { order, run }: HandlerContext,
): Promise<CommandOutcome> {
  run.signal.throwIfAborted()
  const { memoryBytesMax, processorPercentMax, processesMax, outputBytesMax } = limits
  const running = await runner.start({
    ...program,
    capture: 'separated',
    outputBytesMax,
    timeoutMs: order.timeoutMs,
    confinement: { memoryBytesMax, processorPercentMax, processesMax },
    onOutput: (stream, bytes) => run.progress({ type: 'output', stream, bytes: bytes.slice() }),
  })
  const cancel = (): void => running.end('cancelled')
  run.signal.addEventListener('abort', cancel, { once: true })
  if (run.signal.aborted) cancel()
  const ended = await running.ended
  run.signal.removeEventListener('abort', cancel)
  return outcomeOf(ended)
}

function outcomeOf(ended: EndedProgram): CommandOutcome {
  const { endedBy, usage, exitCode, signal, stdout, stderr, isStdoutCut, isStderrCut } = ended
  if (endedBy === 'timeout') return { type: 'failed', code: 'timed-out', message: 'it was ended after its time', usage }
  if (endedBy === 'cancelled')
    return { type: 'failed', code: 'cancelled', message: 'it was cancelled, and ended', usage }
  const value = {
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(signal === undefined ? {} : { signal }),
    stdout: base64(stdout),
    stderr: base64(stderr),
    stdoutCut: isStdoutCut,
    stderrCut: isStderrCut,
  }
  return { type: 'done', value, usage }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}
