import { FlotillaError } from '@flotilla/core/errors'
import { cliLimitsDefaults } from '../../limits.ts'
import type { NodeAnswer } from '../../running-node/node-answer.ts'
import { NodeClient } from '../../running-node/node-client.ts'
import { nodeOf, wrongUsage, type Call } from '../command.ts'
import { secondsIn } from '../duration.ts'

export type VmPiece =
  | { readonly type: 'output'; readonly stream: 'stdout' | 'stderr'; readonly bytes: Uint8Array }
  | { readonly type: 'note'; readonly text: string }

/** What a virtual machine is asked to do. */
export interface VmWish {
  readonly vm: string
  readonly command: string
  readonly arguments?: object
  readonly timeoutSeconds?: number
  readonly onPiece?: (piece: VmPiece) => void | Promise<void>
}

export interface VmDone {
  /** With `value`, which is the guest's answer. */
  readonly ending: NodeAnswer
  /** Pieces that were dropped on their way. */
  readonly dropped: number
}

/** Has a virtual machine do it; whatever else becomes of it is a `FlotillaError` that says so. */
export async function ordered(call: Call, wish: VmWish): Promise<VmDone> {
  const client = await NodeClient.of(nodeOf(call))
  const { vm, command, timeoutSeconds = cliLimitsDefaults.vmOrderSecondsUsual } = wish
  const node = call.options.get('node')
  const { signal } = new AbortController()
  using events = await client.events('/v1/vm-order', signal, {
    vm,
    command,
    arguments: wish.arguments ?? {},
    timeoutMs: timeoutSeconds * 1_000,
    ...(node === undefined ? {} : { node }),
  })
  for await (const event of events) {
    const type = event.text('event')
    if (type === 'ended') return outcome(vm, event)
    const piece = type === 'beat' ? undefined : pieceOf(type, event)
    if (piece !== undefined) await wish.onPiece?.(piece)
  }
  throw new FlotillaError('vm-outcome-unknown', `the node stopped before ${vm} had answered`, {
    hint: 'look in the virtual machine whether it was done',
  })
}

/** The `--timeout` that was given, or this. */
export function timeoutOf({ options }: Call, usualSeconds: number): number {
  const text = options.get('timeout')
  if (text === undefined) return usualSeconds
  const seconds = secondsIn(text, 'timeout')
  const most = cliLimitsDefaults.vmOrderSecondsMax
  if (seconds <= most) return seconds
  throw wrongUsage('--timeout is too long', `give ${most}s at most`)
}

function pieceOf(type: string, event: NodeAnswer): VmPiece | undefined {
  if (type === 'note') return { type, text: event.text('text') }
  if (type !== 'output') return undefined
  const stream = event.text('stream') === 'stderr' ? 'stderr' : 'stdout'
  return { type, stream, bytes: Buffer.from(event.text('bytes'), 'base64') }
}

function outcome(vm: string, event: NodeAnswer): VmDone {
  const ending = event.object('ending')
  const type = ending.text('type')
  if (type === 'done') return { ending, dropped: event.count('dropped') }
  const said = `${vm}: ${ending.text('message')}`
  if (type === 'lost') {
    const mayHaveRun = ending.flag('mayHaveRun')
    throw new FlotillaError(mayHaveRun ? 'vm-outcome-unknown' : 'vm-not-run', said, {
      hint: mayHaveRun ? 'look in the virtual machine whether it was done' : 'nothing was done; see `flotilla vm ls`',
    })
  }
  const code = ending.text('code')
  if (code === 'timed-out') throw new FlotillaError('vm-timeout', said, { hint: 'give it more time with --timeout' })
  if (type === 'failed' && code === 'not-found') throw new FlotillaError('command-not-found', said)
  throw new FlotillaError(type === 'refused' ? 'vm-not-run' : 'vm-failed', `${said} (${code})`, { hint: hintOf(code) })
}

function hintOf(code: string): string {
  return hints[code] ?? 'nothing else is known; the log of the agent in the virtual machine may say more'
}

const hints: Readonly<Record<string, string>> = {
  exists: 'to put another one in its place, give --replace',
  'not-permitted': 'the configuration of the agent in it decides: allow-unsafe, folder, writable-folder',
  'not-signed': 'this host has no key to sign with',
  'wrong-signature': 'give the agent allow-unsafe, and the line that `flotilla vm key` prints',
  'not-supported': 'see `flotilla vm info` for what it can do',
  overloaded: 'try again in a moment',
  frozen: 'its file systems are frozen for a backup: try again when they are not',
}
