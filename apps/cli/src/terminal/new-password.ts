import process from 'node:process'
import { FlotillaError } from '@flotilla/core/errors'
import { askPassphrase } from './passphrase.ts'

/** Twice from a terminal, where nobody sees what he types; else the first line of standard input. */
export async function askNewPassword(name: string): Promise<string> {
  const password = await askPassphrase(`Password for ${name}: `)
  if (!process.stdin.isTTY || (await askPassphrase('The same again: ')) === password) return password
  throw new FlotillaError('passwords-differ', 'these were two different passwords', { hint: 'try again' })
}
