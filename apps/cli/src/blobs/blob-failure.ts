import { FlotillaError } from '@flotilla/core/errors'
import { NodeRefusal } from '../running-node/node-refusal.ts'

/** What a script can tell apart of what a node refuses. */
const codes: Readonly<Record<string, string>> = {
  'not-found': 'blob-not-found',
  corrupt: 'blob-damaged',
  'too-few-copies': 'too-few-copies',
}

/** Does it, and has what it rejects with lead to the right exit code. */
export async function withBlobCodes<Result>(act: () => Promise<Result>): Promise<Result> {
  try {
    return await act()
  } catch (error) {
    const code = error instanceof NodeRefusal ? codes[error.refusal] : undefined
    if (code === undefined || !(error instanceof NodeRefusal)) throw error
    const hint = error.hint === undefined ? {} : { hint: error.hint }
    throw new FlotillaError(code, error.message, { ...hint, cause: error })
  }
}
