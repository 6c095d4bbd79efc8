import * as fs from 'node:fs'
import { hostname } from 'node:os'
import { performance } from 'node:perf_hooks'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const heartbeatMs = 2_000
const pollMs = 200
/** Long enough for a machine that is starved of CPU to get its heartbeat through. */
const silenceMsMax = 30_000

/** @typedef {{ readonly host: string, readonly pids: readonly number[] }} Holder */

/**
 * Serialises the set-ups of one checkout. The holder touches the lock file while it works; whoever waits takes the lock
 * over when the holder's processes are gone, or when the file has not been touched for long (the holder may have lived
 * in another container or before a reboot, where its process ids mean nothing).
 */
export class SetupLock {
  #path
  #holder
  #beating

  /**
   * @param {string} path
   * @param {{ readonly signal: AbortSignal, readonly onWait: (holder: string) => void }} options
   * @returns {Promise<SetupLock>}
   */
  static async acquire(path, { signal, onWait }) {
    const watch = new Watch(path)
    let waiting = false
    fs.mkdirSync(dirname(path), { recursive: true })
    for (;;) {
      const mine = { host: hostname(), pids: [process.pid] }
      if (create(path, mine)) return new SetupLock(path, mine)
      const seen = watch.look()
      if (seen !== undefined && isDead(seen, watch.silentMs())) {
        takeAway(path, seen)
        continue
      }
      if (!waiting) onWait(describe(seen))
      waiting = true
      await sleep(pollMs, undefined, { signal })
    }
  }

  /**
   * @param {string} path
   * @param {Holder} holder
   */
  constructor(path, holder) {
    this.#path = path
    this.#holder = holder
    this.#beating = setInterval(() => this.#beat(), heartbeatMs)
    this.#beating.unref()
  }

  /**
   * A program that we started also holds the lock: if we are killed, it may go on writing for a while.
   * @param {number} pid
   */
  include(pid) {
    this.#holder = { ...this.#holder, pids: [process.pid, pid] }
    // Whoever reads half of it, or the half that a kill left, waits until it has been silent for long.
    fs.writeFileSync(this.#path, JSON.stringify(this.#holder))
  }

  release() {
    clearInterval(this.#beating)
    // After a long sleep of the machine somebody may have taken the lock over: theirs stays.
    if (parseHolder(read(this.#path) ?? '')?.pids[0] === process.pid) fs.rmSync(this.#path, { force: true })
  }

  #beat() {
    const now = new Date()
    try {
      fs.utimesSync(this.#path, now, now)
    } catch {
      // Somebody deleted .tools under us; the steps that follow will fail and say so.
    }
  }
}

/** What one waiter has seen of the lock file. It trusts only its own clock: the file system's may differ. */
class Watch {
  #path
  #seen = ''
  #sinceMs = performance.now()

  /** @param {string} path */
  constructor(path) {
    this.#path = path
  }

  /** @returns {string | undefined} The content of the lock file. */
  look() {
    try {
      const content = fs.readFileSync(this.#path, 'utf8')
      const seen = `${fs.statSync(this.#path).mtimeMs} ${content}`
      if (seen !== this.#seen) this.#sinceMs = performance.now()
      this.#seen = seen
      return content
    } catch {
      return undefined // It was released between two looks.
    }
  }

  silentMs() {
    return performance.now() - this.#sinceMs
  }
}

/**
 * @param {string} content
 * @param {number} silentMs
 * @returns {boolean}
 */
export function isDead(content, silentMs) {
  if (silentMs > silenceMsMax) return true
  const holder = parseHolder(content)
  return holder !== undefined && holder.host === hostname() && !holder.pids.some(isAlive)
}

/** @param {string | undefined} content */
function describe(content) {
  const holder = parseHolder(content ?? '')
  return holder === undefined ? 'just starting' : `process ${holder.pids.join(', ')} on ${holder.host}`
}

/**
 * @param {string} content
 * @returns {Holder | undefined}
 */
function parseHolder(content) {
  try {
    return /** @type {Holder} */ (JSON.parse(content))
  } catch {
    return undefined // It is being written, or its writer was killed; its age will tell.
  }
}

/**
 * @param {string} path
 * @returns {string | undefined}
 */
function read(path) {
  return fs.existsSync(path) ? fs.readFileSync(path, 'utf8') : undefined
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM'
  }
}

/**
 * @param {string} path
 * @param {Holder} holder
 * @returns {boolean}
 */
function create(path, holder) {
  try {
    fs.writeFileSync(path, JSON.stringify(holder), { flag: 'wx' })
    return true
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false
    throw error
  }
}

/**
 * Removes a dead lock. Two waiters may judge the same lock dead, and the slower one must not remove the lock that the
 * faster one has made since: so the file is moved away first, and given back if it is not the one that was judged.
 * @param {string} path
 * @param {string} judged
 */
function takeAway(path, judged) {
  const grave = `${path}.dead-${process.pid}`
  try {
    fs.renameSync(path, grave)
    if (fs.readFileSync(grave, 'utf8') !== judged) fs.linkSync(grave, path)
  } catch (error) {
    const code = /** @type {NodeJS.ErrnoException} */ (error).code
    if (code !== 'ENOENT' && code !== 'EEXIST') throw error
  } finally {
    fs.rmSync(grave, { force: true })
  }
}
