import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { link, open, rm, type FileHandle } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import process from 'node:process'
import type { Crypto } from '@flotilla/core/crypto'
import { nodeCrypto } from '@flotilla/core/crypto/node'
import type { Entropy } from '@flotilla/core/random'
import { nodeEntropy } from '@flotilla/core/random/node'
import { keyringLimits } from '../limits.ts'
import { keyFileText, parseKeyFile } from './key-file-text.ts'
import { keyringError } from './keyring-error.ts'
import { rawSecret, rawSecretBytes } from './raw-secret.ts'
import type { WrappingSecret } from './wrapping-secret.ts'

export interface KeyFileOptions {
  readonly path: string
  /** Makes it where it is missing: only for a store that is new, as for one with keys it would not be theirs. */
  readonly create: boolean
  readonly crypto?: Crypto
  readonly entropy?: Entropy
}

const fileMode = 0o600
/** What others than the owner may do. */
const othersMask = 0o077

/** Rejects with `wrong-key` where the file is missing, damaged, or readable by others than its owner. */
export async function keyFileSecret(options: KeyFileOptions): Promise<WrappingSecret> {
  const { crypto = nodeCrypto(), entropy = nodeEntropy() } = options
  const path = resolve(options.path)
  const found = await readKeyFile(path, crypto)
  if (found !== undefined) return secretOf(path, found, crypto)
  if (!options.create) {
    throw keyringError('wrong-key', `the key file ${path} is missing`, {
      hint: 'put it back, from a backup or from where the disk was mounted; without it the store cannot be read',
    })
  }
  await createKeyFile(path, keyFileText(crypto, entropy.bytes(rawSecretBytes)))
  const made = await readKeyFile(path, crypto)
  if (made !== undefined) return secretOf(path, made, crypto)
  throw keyringError('wrong-key', `the key file ${path} was made and is gone again`, { hint: 'see who removes it' })
}

function secretOf(path: string, key: Uint8Array, crypto: Crypto): WrappingSecret {
  const secret = rawSecret(crypto, key, `the key file ${path}`)
  key.fill(0)
  return secret
}

/** Undefined where there is none. */
async function readKeyFile(path: string, crypto: Crypto): Promise<Uint8Array | undefined> {
  const file = await openIfThere(path)
  if (file === undefined) return undefined
  try {
    return parseKeyFile(crypto, await readAll(file, path), path)
  } finally {
    await file.close()
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    // A link is fine, as where secrets are mounted; a named pipe must not hang us.
    return await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw keyringError('wrong-key', `the key file ${path} cannot be read`, {
      hint: 'see the cause; it must be a plain file that this user may read',
      cause: error,
    })
  }
}

async function readAll(file: FileHandle, path: string): Promise<Uint8Array> {
  const stat = await file.stat()
  if (!stat.isFile()) throw keyringError('wrong-key', `${path} is not a plain file`, { hint: 'name the key file' })
  // Windows has no such modes; there the folder's access list is what counts.
  if (process.platform !== 'win32' && (stat.mode & othersMask) !== 0) {
    throw keyringError('wrong-key', `others than its owner may use the key file ${path}`, {
      hint: `look who may have read it, then: chmod ${fileMode.toString(8)} ${path}`,
    })
  }
  const bytes = new Uint8Array(keyringLimits.keyFileBytesMax + 1)
  const { bytesRead } = await file.read(bytes, 0, bytes.length, 0)
  return bytes.subarray(0, bytesRead)
}

/** Wholly or not at all, and never over another: a key file that is overwritten is a store that is lost. */
async function createKeyFile(path: string, text: Uint8Array): Promise<void> {
  const beside = `${path}.${randomUUID()}.new`
  try {
    const file = await open(beside, 'wx', fileMode)
    try {
      await file.writeFile(text)
      await file.chmod(fileMode)
      await file.sync()
    } finally {
      await file.close()
    }
    await link(beside, path)
  } catch (error) {
    // Somebody else was quicker: his is as good, and is read now.
    if (codeOf(error) !== 'EEXIST') {
      throw keyringError('wrong-key', `the key file ${path} cannot be made`, {
        hint: 'see the cause; its folder must exist, and this user must be allowed to write there',
        cause: error,
      })
    }
  } finally {
    await rm(beside, { force: true })
  }
  await syncFolder(dirname(path))
}

async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder for that, and keeps names durable of itself.
  if (process.platform === 'win32') return
  const handle = await open(folder, constants.O_RDONLY)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
