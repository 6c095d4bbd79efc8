import { Buffer } from 'node:buffer'
import { done } from '../outcomes.ts'
import { asJson } from './facts.ts'
import type { UploadPiece } from '../file-uploads.ts'
import { wrongArguments, type OrderArguments } from '../order-arguments.ts'
import type { HandlerParts, HandlerTable } from './handler.ts'

const pathRule = { lengthMax: 4_096, form: /^[^\0]+$/, mayBe: 'the path of a file' }

export function fileHandlers({ files, uploads, limits }: HandlerParts): HandlerTable {
  if (files === undefined) return {}
  const { filePieceBytesMax, filesListedMax } = limits
  const reading: HandlerTable = {
    'file.read': async (given) => {
      const path = given.only('path', 'position', 'bytes').text('path', pathRule)
      const position = given.maybeWhole('position', 0, Number.MAX_SAFE_INTEGER) ?? 0
      const bytesMax = given.maybeWhole('bytes', 1, filePieceBytesMax) ?? filePieceBytesMax
      const { bytes, fileBytes } = await files.read(path, { position, bytesMax })
      const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
      return done({ content, position, bytes: bytes.length, fileBytes })
    },
    'file.list': async (given) => {
      const path = given.only('path').text('path', pathRule)
      const { files: found, isCut } = await files.list(path, filesListedMax)
      return done({ files: found.map(asJson), more: isCut })
    },
  }
  if (!files.isWritable) return reading
  return {
    ...reading,
    'file.write': async (given, { order }) => {
      const path = given.only('path', 'content', 'replace', ...pieceNames).text('path', pathRule)
      if (given.has('upload')) return done({ bytes: await uploads.take(pieceIn(given, filePieceBytesMax), order) })
      const extra = pieceNames.find((name) => given.has(name))
      if (extra !== undefined) throw wrongArguments(`${extra} is for a file that comes in pieces: name its upload`)
      const bytes = given.bytes('content', filePieceBytesMax)
      await files.write(path, bytes, { replaces: given.flag('replace') })
      return done({ bytes: bytes.length })
    },
  }
}

const pieceNames = ['upload', 'position', 'last', 'discard'] as const
const uploadRule = { lengthMax: 64, form: /^[0-9a-f]{16,64}$/, mayBe: '16 to 64 hexadecimal digits' }

function pieceIn(given: OrderArguments, pieceBytesMax: number): UploadPiece {
  const isDiscarded = given.flag('discard')
  return {
    upload: given.text('upload', uploadRule),
    path: given.text('path', pathRule),
    replaces: given.flag('replace'),
    position: given.maybeWhole('position', 0, Number.MAX_SAFE_INTEGER) ?? 0,
    bytes: isDiscarded ? new Uint8Array() : given.bytes('content', pieceBytesMax),
    isLast: given.flag('last'),
    isDiscarded,
  }
}
