import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { FlotillaError } from '@flotilla/core/errors'

const forOthers = 0o077
/** A pipe that somebody has put there must not hold us. */
const flags = constants.O_RDONLY | (process.platform === 'win32' ? 0 : constants.O_NONBLOCK)

/**
 * The key in a file, as hexadecimal digits. Where there is none, or others may read it, it rejects with
 * `wrong-key-file`, and the message says what is wrong and what to do.
 */
export async function keyInFile(file: string, keyBytes: number): Promise<Uint8Array> {
  try {
    await using handle = await open(file, flags)
    const facts = await handle.stat()
    if (!facts.isFile()) throw wrong(`${file} is no file`, `put a file there with ${2 * keyBytes} hexadecimal digits`)
    if (process.platform !== 'win32') checkRights(file, facts)
    const text = facts.size > 4 * keyBytes ? '' : (await handle.readFile('utf8')).trim()
    if (text.length !== 2 * keyBytes || !/^[0-9a-f]+$/i.test(text)) {
      throw wrong(`${file} holds no key`, `write ${2 * keyBytes} hexadecimal digits into it, and nothing else`)
    }
    return Uint8Array.from(Buffer.from(text, 'hex'))
  } catch (error) {
    if (error instanceof FlotillaError) throw error
    const said = error instanceof Error ? error.message : String(error)
    throw wrong(`${file} cannot be read (${said})`, 'let this user read it', error)
  }
}

/** Of a file or a folder: whoever may write it may put a key of their own there. */
function checkRights(file: string, { mode, uid }: { readonly mode: number; readonly uid: number }): void {
  if ((mode & forOthers) !== 0) throw wrong(`others may read ${file}`, `run chmod 600 ${file}`)
  const self = process.getuid?.() ?? uid
  if (uid !== self && uid !== 0) throw wrong(`${file} belongs to another user`, `run chown ${self} ${file}`)
}

function wrong(what: string, hint: string, cause?: unknown): FlotillaError {
  return new FlotillaError('wrong-key-file', what, { hint, cause })
}
