import { performance } from 'node:perf_hooks'

const noteEveryMs = 10_000
const noteCharactersMax = 100

/**
 * Tells the person what is going on, in plain lines on stderr: stdout belongs to the program that runs afterwards.
 * Nothing is printed when there is nothing to do.
 */
export class Progress {
  #colours = process.stderr.isTTY && (process.env['NO_COLOR'] ?? '') === ''
  #startedMs = performance.now()
  #steps = 0

  /**
   * Runs one step of the set-up. `work` may call `note` with what it is at; it is shown when the step takes long.
   * @template T
   * @param {string} title
   * @param {(note: (text: string) => void) => Promise<T>} work
   * @returns {Promise<T>}
   */
  async step(title, work) {
    const startedMs = performance.now()
    let latest = ''
    this.#steps++
    this.say(`${this.#paint('1', `[${this.#steps}]`)} ${title}`)
    const ticking = setInterval(() => {
      this.say(`    ${seconds(startedMs)} and still at it${latest === '' ? '' : `: ${latest}`}`)
    }, noteEveryMs)
    try {
      const result = await work((text) => (latest = lastLine(text) || latest))
      this.say(`    ${this.#paint('32', 'done')} in ${seconds(startedMs)}`)
      return result
    } finally {
      clearInterval(ticking)
    }
  }

  /** Says that the whole set-up is done, if there was anything to say before. */
  finish() {
    if (this.#steps > 0) this.say(`Set up in ${seconds(this.#startedMs)}; the next run skips what is there.`)
  }

  /** @param {import('./problem.mjs').Problem} problem */
  fail(problem) {
    if (problem.detail !== '') this.say(indent(problem.detail))
    this.say(`${this.#paint('31', 'Flotilla:')} ${problem.message}`)
    this.say(problem.remedy)
  }

  /** @param {string} line */
  say(line) {
    process.stderr.write(`${line}\n`)
  }

  /**
   * @param {string} code
   * @param {string} text
   */
  #paint(code, text) {
    return this.#colours ? `\u001b[${code}m${text}\u001b[0m` : text
  }
}

/** @param {number} sinceMs */
function seconds(sinceMs) {
  return `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`
}

/** @param {string} text */
function lastLine(text) {
  return (
    text
      .trim()
      .split(/[\r\n]+/)
      .at(-1) ?? ''
  ).slice(0, noteCharactersMax)
}

/** @param {string} text */
function indent(text) {
  return text.trimEnd().replace(/^/gm, '    | ')
}
