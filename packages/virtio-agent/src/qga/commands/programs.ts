import type { ExactJson } from '../../lines/index.ts'
import { fromBase64, toBase64 } from '../base64.ts'
import { offered, required, type QgaCommand } from '../command.ts'
import { QgaRefusal, type QgaProgramStatus, type QgaSystem } from '../contract.ts'

const isOffered = (system: QgaSystem): boolean => system.programs !== undefined
const captures = ['none', 'stdout', 'stderr', 'separated', 'merged'] as const

type Ended = Extract<QgaProgramStatus, { readonly isExited: true }>

export const programs: readonly QgaCommand[] = [
  {
    name: 'guest-exec',
    arguments: {
      path: 'string',
      'arg?': { type: 'array', of: 'string' },
      'env?': { type: 'array', of: 'string' },
      'input-data?': 'string',
      'capture-output?': { type: 'word-or-boolean', words: captures },
    },
    isOffered,
    async run({ system }, given) {
      const environment = given.texts('env')
      const input = given.text('input-data')
      const asked = given.flag('capture-output') === true ? 'separated' : given.text('capture-output')
      const pid = await offered(system.programs).start({
        path: required(given.text('path')),
        arguments: given.texts('arg') ?? [],
        ...(environment === undefined ? {} : { environment }),
        ...(input === undefined ? {} : { input: fromBase64(input) }),
        capture: captures.find((known) => known === asked) ?? 'none',
      })
      return { pid }
    },
  },
  {
    name: 'guest-exec-status',
    arguments: { pid: 'integer' },
    isOffered,
    run({ system, replyContentBytesMax }, given) {
      const status = offered(system.programs).status(required(given.number('pid')))
      if (status === undefined) throw new QgaRefusal("Invalid parameter 'pid'")
      return status.isExited ? endedReply(status, replyContentBytesMax) : { exited: false }
    },
  },
]

/** Both outputs share the room of one reply; a small one leaves its room to the other. */
function endedReply(ended: Ended, contentBytesMax: number): ExactJson {
  const outBytes = ended.stdout?.length ?? 0
  const errBytes = ended.stderr?.length ?? 0
  const half = Math.floor(contentBytesMax / 2)
  const outBytesMax = Math.max(half, contentBytesMax - errBytes)
  const errBytesMax = contentBytesMax - Math.min(outBytes, outBytesMax)
  return {
    exited: true,
    ...(ended.exitCode === undefined ? {} : { exitcode: ended.exitCode }),
    ...(ended.signal === undefined ? {} : { signal: ended.signal }),
    ...outputReply('out', ended.stdout, outBytesMax, ended.isStdoutCut),
    ...outputReply('err', ended.stderr, errBytesMax, ended.isStderrCut),
  }
}

function outputReply(
  name: 'out' | 'err',
  bytes: Uint8Array | undefined,
  bytesMax: number,
  isCut: boolean | undefined,
): Readonly<Record<string, ExactJson>> {
  if (bytes === undefined || bytes.length === 0) return {}
  return {
    [`${name}-data`]: toBase64(bytes.subarray(0, bytesMax)),
    [`${name}-truncated`]: isCut === true || bytes.length > bytesMax,
  }
}
