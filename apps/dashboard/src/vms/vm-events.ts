/** What comes while a virtual machine does something. */
export type VmEvent =
  | { readonly event: 'beat' }
  | { readonly event: 'output'; readonly stream: 'stdout' | 'stderr'; readonly bytes: string }
  | { readonly event: 'note'; readonly text: string }
  | { readonly event: 'ended'; readonly ending: VmEnding; readonly dropped: number }
  | { readonly event: 'failed'; readonly error: { readonly message: string; readonly hint: string } }

type VmEnding =
  | { readonly type: 'done'; readonly value: unknown }
  | { readonly type: 'refused' | 'failed' | 'lost'; readonly message: string }

/** A piece of what the console shows. */
export interface ConsolePiece {
  readonly tone: 'said' | 'plain' | 'wrong'
  readonly text: string
}

/** Nothing where there is nothing to see. */
export function pieceOf(event: VmEvent, decoder: TextDecoder): ConsolePiece | undefined {
  if (event.event === 'beat') return undefined
  if (event.event === 'note') return { tone: 'said', text: `${event.text}\n` }
  if (event.event === 'failed') return { tone: 'wrong', text: `${event.error.message}: ${event.error.hint}\n` }
  if (event.event === 'ended') return endingPiece(event.ending, event.dropped)
  const bytes = Uint8Array.from(atob(event.bytes), (letter) => letter.charCodeAt(0))
  return { tone: event.stream === 'stderr' ? 'wrong' : 'plain', text: decoder.decode(bytes, { stream: true }) }
}

function endingPiece(ending: VmEnding, dropped: number): ConsolePiece {
  if (ending.type !== 'done') return { tone: 'wrong', text: `${ending.message}\n` }
  const { exitCode, signal, ...rest } = ending.value as { readonly exitCode?: number; readonly signal?: string }
  const lost = dropped === 0 ? '' : `${dropped} pieces of output were dropped on their way.\n`
  if (signal !== undefined) return { tone: 'wrong', text: `${lost}Ended by ${signal}.\n` }
  if (exitCode !== undefined) {
    return { tone: exitCode === 0 ? 'said' : 'wrong', text: `${lost}Ended with ${exitCode}.\n` }
  }
  return { tone: 'plain', text: `${JSON.stringify(rest, undefined, 2)}\n` }
}
