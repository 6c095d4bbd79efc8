import type { Stats } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { FlotillaError } from '@flotilla/core/errors'
import { cliLimitsDefaults } from '../limits.ts'
import { NodeAnswer } from './node-answer.ts'

/** What a node leaves in its data folder while it runs. */
export interface AccessFile {
  readonly url: URL
  /** Opens this one life of the node. */
  readonly token: string
  readonly pid: number
  /** The Unix socket on which it answers too. */
  readonly socket: string | undefined
  /** SHA-256 of its key, where it is asked over TLS. */
  readonly fingerprint: string | undefined
}

export const accessFileName = 'access.json'
const writableForOthers = 0o022

/** Undefined where there is none, so that no node runs there. */
export async function readAccessFile(folder: string): Promise<AccessFile | undefined> {
  const path = join(folder, accessFileName)
  const text = await readBounded(path)
  if (text === undefined) return undefined
  try {
    const said = NodeAnswer.parse(text)
    const access = {
      url: new URL(said.text('url')),
      token: said.text('token'),
      pid: said.count('pid'),
      socket: said.maybe('socket', (answer) => answer.text('socket')),
      fingerprint: said.maybe('fingerprint', (answer) => answer.text('fingerprint')),
    }
    // The token goes to this machine and nowhere else, and it goes into a header.
    if (isHere(access) && isSocket(access.socket) && /^[\w-]+$/.test(access.token)) return access
    throw damaged(path)
  } catch (error) {
    throw damaged(path, error)
  }
}

/** Over TLS it may have another address, and is known by its key. */
function isHere({ url: { hostname, protocol }, fingerprint }: Pick<AccessFile, 'url' | 'fingerprint'>): boolean {
  if (protocol === 'https:') return /^[0-9a-f]{64}$/.test(fingerprint ?? '')
  return protocol === 'http:' && /^(127\.0\.0\.1|\[::1\]|localhost)$/.test(hostname)
}

function isSocket(path: string | undefined): boolean {
  return path === undefined || (isAbsolute(path) && !path.includes('\0'))
}

async function readBounded(path: string): Promise<string | undefined> {
  try {
    const found = await stat(path)
    if (!found.isFile() || found.size > cliLimitsDefaults.accessFileBytesMax) throw damaged(path)
    checkOwner(path, found)
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

/**
 * The usual folder is below the current one, which may be anybody's: what is sent to his node, passwords among it, he
 * would have. Root may ask the nodes of others.
 */
function checkOwner(path: string, { uid, mode }: Stats): void {
  const self = process.getuid?.()
  if (self === undefined || (self === 0 && (mode & writableForOthers) === 0)) return
  if (uid === self && (mode & writableForOthers) === 0) return
  throw new FlotillaError('access-unsafe', `${path} belongs to another user, or others may write in it`, {
    hint: "be the user that the node runs as, or name your own node's folder with --data",
  })
}

function damaged(path: string, cause?: unknown): FlotillaError {
  return new FlotillaError('access-damaged', `${path} is not what a node writes`, {
    hint: 'stop the node and start it again, which writes it anew',
    cause,
  })
}
