import { QgaRefusal } from '../../qga/contract.ts'
import type { SystemPrograms } from './system-programs.ts'

const lineFeed = 0x0a
const colon = 0x3a

/** By `chpasswd`, which takes it from its input: what is in the arguments can be seen by every user. */
export async function setUserPassword(
  programs: SystemPrograms,
  user: string,
  password: Uint8Array,
  isCrypted: boolean,
): Promise<void> {
  checkUser(user)
  // The newline would begin a line for another user.
  if (password.includes(lineFeed) || password.includes(0)) throw new QgaRefusal('forbidden characters in raw password')
  // What a colon begins is the next field of the file, where it is stored as it is.
  if (isCrypted && password.includes(colon)) throw new QgaRefusal('forbidden characters in crypted password')
  const name = new TextEncoder().encode(`${user}:`)
  const input = new Uint8Array(name.length + password.length + 1)
  input.set(name)
  input.set(password, name.length)
  input[input.length - 1] = lineFeed
  const { isDone, complaint } = await programs
    .run({ path: 'chpasswd', arguments: isCrypted ? ['-e'] : [], package: 'passwd', input })
    .finally(() => input.fill(0))
  if (!isDone) throw new QgaRefusal(`the password was not set: ${complaint}`)
}

/** Names that mean nothing else in a file of users or on a command line. */
export function checkUser(user: string): void {
  if (user === '' || user.length > 256 || user.startsWith('-') || /[\p{Cc}:/,\s]/u.test(user)) {
    throw new QgaRefusal('that is no name of a user')
  }
}
