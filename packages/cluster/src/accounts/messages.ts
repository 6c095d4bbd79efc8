import {
  array,
  bytes,
  createCodec,
  integer,
  nullable,
  object,
  string,
  union,
  type Codec,
  type Schema,
} from '@flotilla/core/codec'
import { digestLength, type BookState } from './account-book.ts'
import { accountLimits } from './config.ts'

export type AccountRequest = { readonly type: 'page'; readonly after: string }

export type AccountAnswer = {
  readonly type: 'page'
  readonly entries: readonly Uint8Array[]
  /** What to ask for next; null at the end. */
  readonly next: string | null
}

const { entryBytesMax, pageEntriesMax } = accountLimits
/** `token ` and its number, or `user ` and a name. */
const key = string({ bytesMax: 80 })

export const bookStateCodec: Codec<BookState> = createCodec({
  name: 'state of the accounts',
  limits: { bytesMax: 128 },
  schema: object({ digest: bytes({ bytesMax: digestLength }), latest: integer() }),
})

const requestSchema: Schema<AccountRequest> = union({ page: object({ after: key }) })
export const accountRequestCodec: Codec<AccountRequest> = createCodec({
  name: 'accounts request',
  limits: { bytesMax: 256 },
  schema: requestSchema,
})

const answerSchema: Schema<AccountAnswer> = union({
  page: object({
    entries: array(bytes({ bytesMax: entryBytesMax }), { countMax: pageEntriesMax }),
    next: nullable(key),
  }),
})
export const accountAnswerCodec: Codec<AccountAnswer> = createCodec({
  name: 'accounts answer',
  limits: { bytesMax: (entryBytesMax + 16) * pageEntriesMax },
  schema: answerSchema,
})
