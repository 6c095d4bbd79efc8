import process from 'node:process'
import { FlotillaError } from '@flotilla/core/errors'

/** Standard input in pieces of so many bytes, of which the last may be shorter; none where there is nothing. */
export async function* inputPieces(pieceBytes: number): AsyncGenerator<Uint8Array, void> {
  let held: Uint8Array[] = []
  let heldBytes = 0
  try {
    for await (const chunk of process.stdin as AsyncIterable<Uint8Array>) {
      held.push(chunk)
      heldBytes += chunk.length
      if (heldBytes < pieceBytes) continue
      const all = Buffer.concat(held)
      let at = 0
      for (; all.length - at >= pieceBytes; at += pieceBytes) yield all.subarray(at, at + pieceBytes)
      held = [all.subarray(at)]
      heldBytes = all.length - at
    }
  } catch (error) {
    if (error instanceof FlotillaError) throw error
    const said = error instanceof Error ? error.message : String(error)
    throw new FlotillaError('unreadable', `standard input cannot be read (${said})`, {
      hint: 'mend that and try again',
      cause: error,
    })
  }
  if (heldBytes > 0) yield Buffer.concat(held)
}

/** All of standard input; undefined where it is more than so much. */
export async function wholeInput(bytesMax: number): Promise<Uint8Array | undefined> {
  let whole: Uint8Array | undefined
  for await (const piece of inputPieces(bytesMax)) {
    if (whole !== undefined) return undefined
    whole = piece
  }
  return whole ?? new Uint8Array()
}
