import { readFileSync, statSync } from 'node:fs'
import type { LinuxSourceLimits } from './limits.ts'
import { parseUserNames } from './parsing/user-names.ts'

/** The names of users as `/etc/passwd` has them, read again when it has changed. */
export class UserNames {
  readonly #path: string
  readonly #limits: LinuxSourceLimits
  #names: ReadonlyMap<number, string> = new Map()
  #version = ''

  constructor(root: string, limits: LinuxSourceLimits) {
    this.#path = `${root}/etc/passwd`
    this.#limits = limits
  }

  /** Looks whether the file has changed. Without one, or with one that is too long, users are their numbers. */
  refresh(): void {
    const found = statSync(this.#path, { throwIfNoEntry: false })
    const version = found === undefined ? '' : `${found.ino} ${found.mtimeMs} ${found.size}`
    if (version === this.#version) return
    const isReadable = found !== undefined && found.isFile() && found.size <= this.#limits.passwordFileBytesMax
    this.#names = isReadable ? parseUserNames(readFileSync(this.#path, 'utf8'), this.#limits.usersMax) : new Map()
    this.#version = version
  }

  of(uid: number): string {
    return this.#names.get(uid) ?? String(uid)
  }
}
