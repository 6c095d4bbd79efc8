import process from 'node:process'
import { FlotillaError } from '@flotilla/core/errors'

/** Resolves when standard output has taken it, so that a slow reader slows down whoever writes. */
export function writtenOut(bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(bytes, (error) => {
      if (!error) return resolve()
      reject(
        new FlotillaError('output-closed', `nobody takes the output any more (${error.message})`, {
          hint: 'see what became of the program behind the pipe',
          cause: error,
        }),
      )
    })
  })
}
