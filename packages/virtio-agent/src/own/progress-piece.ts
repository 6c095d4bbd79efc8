import { Buffer } from 'node:buffer'
import type { ProgressPiece } from '../contract.ts'
import type { GuestLine } from './messages.ts'

export function pieceOf(line: Extract<GuestLine, { readonly type: 'progress' }>): ProgressPiece {
  if (line.stream === undefined) return { type: 'note', text: line.note ?? '' }
  const bytes = Uint8Array.from(Buffer.from(line.bytes ?? '', 'base64'))
  return { type: 'output', stream: line.stream, bytes }
}
