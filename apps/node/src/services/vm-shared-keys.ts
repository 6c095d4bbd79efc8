import { mkdir, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Crypto } from '@flotilla/core/crypto'
import { FlotillaError } from '@flotilla/core/errors'
import type { Logger } from '@flotilla/core/observe'
import { after, type Clock } from '@flotilla/core/time'
import { sharedKeyBytes, type SharedKey } from '@flotilla/virtio-agent'
import { nodeLineCipher } from '@flotilla/virtio-agent/node'
import { nodeLimitsDefaults } from '../limits.ts'
import { keyInFile } from './vm-key-file.ts'

export interface VmSharedKeysOptions {
  /** As the setting says; empty for the one in the data folder. */
  readonly named: string
  readonly dataFolder: string
  readonly crypto: Crypto
  readonly clock: Clock
  readonly logger: Logger
}

const folderName = 'vm-keys'
const writableForOthers = 0o022

/**
 * The keys that were installed in virtual machines too: one file each, named as the machine. They are read again and
 * again, so that a key can be given, changed and mended while the node runs.
 */
export class VmSharedKeys implements AsyncDisposable {
  readonly #options: VmSharedKeysOptions
  readonly #folder: string
  #keys: ReadonlyMap<string, SharedKey | FlotillaError> = new Map()
  /** Why a machine without a key here may have one all the same. */
  #unread: FlotillaError | undefined
  #timer: Disposable | undefined
  #reading: Promise<void> = Promise.resolve()
  #isClosed = false

  /** Rejects where the folder cannot be used. A file that cannot be is told of, and its machine left alone. */
  static async open(options: VmSharedKeysOptions): Promise<VmSharedKeys> {
    const { named, dataFolder } = options
    const folder = named === '' ? join(dataFolder, folderName) : named
    try {
      if (named === '') await mkdir(folder, { recursive: true, mode: 0o700 })
      const facts = await stat(folder)
      if (!facts.isDirectory()) throw wrong(`${folder} is no folder`, 'name a folder with one file for each machine')
      if (process.platform !== 'win32' && (facts.mode & writableForOthers) !== 0) {
        throw wrong(`others may write in ${folder}`, `run chmod 700 ${folder}`)
      }
      // Its owner may take a key away, and that machine would be spoken with in the clear.
      const user = process.getuid?.() ?? facts.uid
      if (facts.uid !== user && facts.uid !== 0) {
        throw wrong(`${folder} belongs to another user`, `run chown ${user} ${folder}`)
      }
    } catch (error) {
      if (error instanceof FlotillaError) throw error
      const said = error instanceof Error ? error.message : String(error)
      throw wrong(`${folder} cannot be used (${said})`, 'make the folder, for the user of this node alone', error)
    }
    const keys = new VmSharedKeys(options, folder)
    await keys.#read()
    keys.#readLater()
    return keys
  }

  private constructor(options: VmSharedKeysOptions, folder: string) {
    this.#options = options
    this.#folder = folder
  }

  /** Throws where there is a file that cannot be used: that machine must not be spoken with in the clear. */
  keyOf(vm: string): SharedKey | undefined {
    const found = this.#keys.get(vm)
    if (found instanceof FlotillaError) throw found
    if (found === undefined && this.#unread !== undefined) throw this.#unread
    return found
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    this.#timer?.[Symbol.dispose]()
    await this.#reading
  }

  #readLater(): void {
    if (this.#isClosed) return
    const { clock } = this.#options
    this.#timer = clock.wakeAt(after(clock.now(), nodeLimitsDefaults.vmKeysEveryMs), () => {
      this.#reading = this.#read().then(() => this.#readLater())
    })
  }

  async #read(): Promise<void> {
    const { crypto, logger } = this.#options
    const { vmKeysMax } = nodeLimitsDefaults
    let names: readonly string[]
    try {
      names = (await readdir(this.#folder)).filter((name) => !name.startsWith('.'))
    } catch (error) {
      // What was read stays: a folder that is away for a moment is no reason to speak in the clear.
      logger.error({ err: error, folder: this.#folder }, 'the keys of virtual machines cannot be read; tried again')
      return
    }
    const keys = new Map<string, SharedKey | FlotillaError>()
    const unread = names.length > vmKeysMax ? tooMany(this.#folder) : undefined
    if (unread !== undefined && this.#unread === undefined) logger.error({ err: unread }, 'some keys are not read')
    for (const vm of names.slice(0, vmKeysMax)) {
      try {
        const bytes = await keyInFile(join(this.#folder, vm), sharedKeyBytes)
        keys.set(vm, { bytes, crypto, cipher: nodeLineCipher() })
      } catch (error) {
        if (!(error instanceof FlotillaError)) throw error
        if (!(this.#keys.get(vm) instanceof FlotillaError)) {
          logger.error({ err: error, vm }, 'a key cannot be used; its virtual machine is not spoken with')
        }
        keys.set(vm, error)
      }
    }
    this.#keys = keys
    this.#unread = unread
  }
}

function wrong(what: string, hint: string, cause?: unknown): FlotillaError {
  return new FlotillaError('wrong-setting', `--vm-keys: ${what}`, { hint, cause })
}

function tooMany(folder: string): FlotillaError {
  const { vmKeysMax } = nodeLimitsDefaults
  return new FlotillaError('wrong-key-file', `there are more than ${vmKeysMax} keys in ${folder}`, {
    hint: 'take those away that are of no use: a machine whose key was not read is not spoken with',
  })
}
