import { readFileSync, statSync } from 'node:fs'
import process from 'node:process'
import { FlotillaError } from '@flotilla/core/errors'
import { cliLimitsDefaults } from '../limits.ts'
import type { RemoteNode } from './node-place.ts'

export interface RemoteWords {
  /** As somebody wrote it. */
  readonly at: string
  readonly token: string | undefined
  readonly tokenFile: string | undefined
  readonly fingerprint: string | undefined
}

/** The node that is meant, or what is wrong with how it is named. */
export function remotePlace({ at, token, tokenFile, fingerprint }: RemoteWords): RemoteNode {
  const url = URL.parse(at.includes('://') ? at : `https://${at}`)
  const isPlain = url !== null && /^\/?$/.test(`${url.pathname}${url.search}${url.hash}`) && url.username === ''
  if (url === null || !isPlain || !/^https?:$/.test(url.protocol)) {
    throw wrong('the address of the node is wrong', 'write it as https://HOST:PORT')
  }
  const isHere = /^(127(\.\d+){3}|\[::1\]|localhost)$/.test(url.hostname)
  if (url.protocol === 'http:' && !isHere) {
    throw wrong(`${url.origin} is not encrypted, and everybody on the way could read the token`, 'write https://')
  }
  const digits = fingerprint?.replaceAll(/[:\s]/g, '').toLowerCase()
  if (digits !== undefined && !/^[0-9a-f]{64}$/.test(digits)) {
    throw wrong('the fingerprint is wrong', 'it is 64 hexadecimal digits, as `flotilla status` shows them there')
  }
  const given = tokenFile === undefined ? token : tokenIn(tokenFile)
  if (given !== undefined && !/^[\w.~+/=-]+$/.test(given))
    throw wrong('the token has not the form of one', 'copy it again')
  return { url, token: given, fingerprint: digits }
}

function tokenIn(path: string): string {
  try {
    const { mode, size } = statSync(path)
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw new FlotillaError('unsafe-file', `others than its owner may use ${path}, which keeps a token`, {
        hint: `revoke that token if somebody may have read it; then: chmod 600 ${path}`,
      })
    }
    if (size > cliLimitsDefaults.tokenFileBytesMax) throw wrong(`${path} is too long for a token`, 'name another file')
    return readFileSync(path, 'utf8').trim()
  } catch (error) {
    if (error instanceof FlotillaError) throw error
    const said = error instanceof Error ? error.message : String(error)
    throw wrong(`${path} cannot be read (${said})`, 'name a file with a token in it')
  }
}

function wrong(message: string, hint: string): FlotillaError {
  return new FlotillaError('wrong-usage', message, { hint })
}
