import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { FlotillaError } from '@flotilla/core/errors'
import { nodeLimitsDefaults } from '../../limits.ts'

/**
 * RFC 7914: 128 MiB and half a second for each guess. These stand in every hash, so that they can be raised later. (The
 * Argon2 of Node 24 may still change its form.)
 */
const costExponent = 17
const blockSize = 8
const parallelization = 1
const memoryBytesMax = 160 * 2 ** 20
const [saltBytes, hashBytes] = [16, 32]
const hashForm = /^scrypt\$17\$8\$1\$([\w-]{22})\$([\w-]{43})$/

/**
 * Hashes passwords in the threads of the pool, one at a time: each takes 128 MiB, and a stranger decides how often one
 * is looked at.
 */
export class Passwords {
  /** Those that wait for their turn and the one whose turn it is; at most `passwordsWaitingMax` + 1. */
  #busy = 0
  #last: Promise<unknown> = Promise.resolve()

  /** As it is kept. */
  async hash(password: string): Promise<string> {
    const salt = randomBytes(saltBytes)
    const hash = await this.#inTurn(() => derived(checkedPassword(password), salt))
    return `scrypt$${costExponent}$${blockSize}$${parallelization}$${text(salt)}$${text(hash)}`
  }

  /** Takes as long where there is no such user, whose `kept` is undefined, so that it tells nobody who there is. */
  async isRight(password: string, kept: string | undefined): Promise<boolean> {
    const [, salt, hash] = hashForm.exec(kept ?? '') ?? []
    const known = salt !== undefined && hash !== undefined
    const given = password.slice(0, nodeLimitsDefaults.passphraseLengthMax).normalize('NFKC')
    const found = await this.#inTurn(() => derived(given, known ? bytes(salt) : Buffer.alloc(saltBytes)))
    const isSame = timingSafeEqual(found, known ? bytes(hash) : Buffer.alloc(hashBytes))
    return known && isSame && password.length <= nodeLimitsDefaults.passphraseLengthMax
  }

  async #inTurn<Value>(work: () => Promise<Value>): Promise<Value> {
    if (this.#busy > nodeLimitsDefaults.passwordsWaitingMax) {
      throw new FlotillaError('overloaded', 'too many log in at once', { hint: 'try again in a few seconds' })
    }
    this.#busy++
    const before = this.#last
    const mine = before.then(work)
    this.#last = mine.catch(() => {})
    try {
      return await mine
    } finally {
      this.#busy--
    }
  }
}

/** One form for what looks the same, so that two keyboards make one password. */
function checkedPassword(password: string): string {
  const { passwordLengthMin, passphraseLengthMax } = nodeLimitsDefaults
  const length = Array.from(password).length
  if (length >= passwordLengthMin && password.length <= passphraseLengthMax) return password.normalize('NFKC')
  throw new FlotillaError('wrong-password-form', `the password has ${length} characters`, {
    hint: `use ${passwordLengthMin} to ${passphraseLengthMax}, such as four words drawn at random`,
  })
}

function derived(password: string, salt: Buffer): Promise<Buffer> {
  const options = { N: 2 ** costExponent, r: blockSize, p: parallelization, maxmem: memoryBytesMax }
  return new Promise((resolve, reject) => {
    scrypt(password, salt, hashBytes, options, (error, key) => (error === null ? resolve(key) : reject(error)))
  })
}

function text(value: Buffer): string {
  return value.toString('base64url')
}

function bytes(value: string): Buffer {
  return Buffer.from(value, 'base64url')
}
