import { fromBase64, toBase64 } from '../base64.ts'
import { offered, required, type QgaCommand } from '../command.ts'
import { QgaRefusal, type QgaSystem } from '../contract.ts'

const isOffered = (system: QgaSystem): boolean => system.files !== undefined
const readBytesDefault = 4_096
/** The original refuses to read more at once. */
const readBytesMax = 48 * 1_048_576
const modes = ['r', 'rb', 'w', 'wb', 'a', 'ab', 'r+', 'rb+', 'r+b', 'w+', 'wb+', 'w+b', 'a+', 'ab+', 'a+b']
const whences = ['set', 'cur', 'end'] as const

function checkCount(count: number, most: number): number {
  if (count >= 0 && count <= most) return count
  throw new QgaRefusal(`value '${count}' is invalid for argument count`)
}

export const files: readonly QgaCommand[] = [
  {
    name: 'guest-file-open',
    arguments: { path: 'string', 'mode?': 'string' },
    isOffered,
    run({ system, files: open }, given) {
      const mode = given.text('mode') ?? 'r'
      if (!modes.includes(mode)) throw new QgaRefusal(`invalid file open mode '${mode}'`)
      return open.open(() => offered(system.files).open(required(given.text('path')), mode))
    },
  },
  {
    name: 'guest-file-close',
    arguments: { handle: 'integer' },
    isOffered,
    async run({ files: open }, given) {
      await open.close(required(given.integer('handle')))
      return {}
    },
  },
  {
    name: 'guest-file-read',
    arguments: { handle: 'integer', 'count?': 'integer' },
    isOffered,
    async run({ files: open, replyContentBytesMax }, given) {
      const file = open.get(required(given.integer('handle')))
      const count = checkCount(given.number('count') ?? readBytesDefault, readBytesMax)
      const { bytes, isAtEnd } = await file.read(Math.min(count, replyContentBytesMax))
      return { count: bytes.length, 'buf-b64': toBase64(bytes), eof: isAtEnd }
    },
  },
  {
    name: 'guest-file-write',
    arguments: { handle: 'integer', 'buf-b64': 'string', 'count?': 'integer' },
    isOffered,
    async run({ files: open }, given) {
      const file = open.get(required(given.integer('handle')))
      const bytes = fromBase64(required(given.text('buf-b64')))
      const count = checkCount(given.number('count') ?? bytes.length, bytes.length)
      return { count: await file.write(bytes.subarray(0, count)), eof: false }
    },
  },
  {
    name: 'guest-file-seek',
    arguments: { handle: 'integer', offset: 'integer', whence: { type: 'word-or-integer', words: whences } },
    isOffered,
    async run({ files: open }, given) {
      const file = open.get(required(given.integer('handle')))
      const code = given.integer('whence')
      const asked = code === undefined ? given.text('whence') : whences[Number(code)]
      const whence = whences.find((known) => known === asked)
      if (whence === undefined) throw new QgaRefusal(`invalid whence code ${code}`)
      const offset = required(given.number('offset'))
      if (!Number.isSafeInteger(offset)) throw new QgaRefusal(`value '${offset}' is invalid for argument offset`)
      const { position, isAtEnd } = await file.seek(offset, whence)
      return { position, eof: isAtEnd }
    },
  },
  {
    name: 'guest-file-flush',
    arguments: { handle: 'integer' },
    isOffered,
    async run({ files: open }, given) {
      await open.get(required(given.integer('handle'))).flush()
      return {}
    },
  },
]
