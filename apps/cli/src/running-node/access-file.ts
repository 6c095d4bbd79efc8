import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { FlotillaError } from '@flotilla/core/errors'
import { cliLimitsDefaults } from '../limits.ts'
import { NodeAnswer } from './node-answer.ts'

/** What a node leaves in its data folder while it runs. */
export interface AccessFile {
  readonly url: URL
  /** Opens this one life of the node. */
  readonly token: string
  readonly pid: number
}

export const accessFileName = 'access.json'

/** Undefined where there is none, so that no node runs there. */
export async function readAccessFile(folder: string): Promise<AccessFile | undefined> {
  const path = join(folder, accessFileName)
  const text = await readBounded(path)
  if (text === undefined) return undefined
  try {
    const said = NodeAnswer.parse(text)
    const access = { url: new URL(said.text('url')), token: said.text('token'), pid: said.count('pid') }
    // The token goes to this machine and nowhere else, and it goes into a header.
    const isHere = /^(127\.0\.0\.1|\[::1\]|localhost)$/.test(access.url.hostname) && access.url.protocol === 'http:'
    if (isHere && /^[\w-]+$/.test(access.token)) return access
    throw damaged(path)
  } catch (error) {
    throw damaged(path, error)
  }
}

async function readBounded(path: string): Promise<string | undefined> {
  try {
    const found = await stat(path)
    if (!found.isFile() || found.size > cliLimitsDefaults.accessFileBytesMax) throw damaged(path)
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof FlotillaError) throw error
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw new FlotillaError('access-unreadable', `${path} cannot be read (${message})`, {
      hint: 'be the user that the node runs as',
      cause: error,
    })
  }
}

function damaged(path: string, cause?: unknown): FlotillaError {
  return new FlotillaError('access-damaged', `${path} is not what a node writes`, {
    hint: 'stop the node and start it again, which writes it anew',
    cause,
  })
}
