import { ProtocolError } from '@flotilla/core/errors'
import type { ByteStream } from '@flotilla/core/network'
import { LineSplitter } from '../../lines/index.ts'

/** The lines of a stream, each as long as the limit at most. */
export async function* streamLines(stream: ByteStream, lineBytesMax: number): AsyncGenerator<Uint8Array, void> {
  const splitter = new LineSplitter(lineBytesMax)
  for await (const piece of stream) {
    const lines: Uint8Array[] = []
    let isTooLong = false
    splitter.push(piece, {
      onLine: (line) => void lines.push(line.slice()),
      onTooLong: () => (isTooLong = true),
    })
    yield* lines
    if (isTooLong) throw new ProtocolError('too-large', `a line of another node has more than ${lineBytesMax} bytes`)
  }
}
