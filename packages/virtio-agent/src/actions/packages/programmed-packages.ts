import { FlotillaError } from '@flotilla/core/errors'
import type { CommandRun } from '../../contract.ts'
import type { ProgramRunner } from '../../execution/contract.ts'
import { programAnswer, type ProgramAnswer } from '../../execution/program-answer.ts'
import type { PackageAct, PackageManager, PackageState } from '../ports.ts'
import { said } from '../services/refusal.ts'
import type { PackageDialect, PackageStep, Question } from './dialect.ts'
import { packageLimits } from './limits.ts'

/** Of those that are missing. */
const namesToldMax = 10

/** The packages of a machine, through the program that its dialect is about. */
export function programmedPackages(runner: ProgramRunner, dialect: PackageDialect): PackageManager {
  return new ProgrammedPackages(runner, dialect)
}

class ProgrammedPackages implements PackageManager {
  readonly name: string
  readonly #runner: ProgramRunner
  readonly #dialect: PackageDialect
  /** Package managers lock; ours wait for each other instead of failing. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(runner: ProgramRunner, dialect: PackageDialect) {
    this.name = dialect.name
    this.#runner = runner
    this.#dialect = dialect
  }

  async list(signal: AbortSignal): Promise<readonly PackageState[]> {
    const { installed, newer } = this.#dialect
    const [text, newerText] = await Promise.all([
      this.#asked(installed.ask, signal),
      // An index that is broken or missing hides no package that is there.
      this.#asked(newer.ask, signal).catch(() => ''),
    ])
    signal.throwIfAborted()
    const versions = newer.read(newerText)
    return installed.read(text).map((found) => {
      const newerVersion = versions.get(found.name)
      return newerVersion === undefined || newerVersion === found.version ? found : { ...found, newerVersion }
    })
  }

  async search(text: string, signal: AbortSignal): Promise<readonly PackageState[]> {
    const { search, versions } = this.#dialect
    const words = text.split(' ').filter((word) => word !== '')
    const found = search.read(await this.#asked(search.ask(words), signal), words)
    const names = found.slice(0, packageLimits.searchedVersionsMax).map(({ name }) => name)
    if (versions === undefined || names.length === 0) return found
    const known = new Map(
      versions.read(await this.#asked(versions.ask(names), signal)).map((state) => [state.name, state]),
    )
    return found.map((state) => known.get(state.name) ?? state)
  }

  async act(names: readonly string[], act: PackageAct, run: CommandRun): Promise<void> {
    for (const name of names) this.#dialect.check(name, act)
    const before = this.#turn
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#turn = promise
    try {
      await before
      run.signal.throwIfAborted()
      await this.#lookUp(names, act, run.signal)
      for (const step of this.#dialect.steps(names, act)) {
        run.signal.throwIfAborted()
        await this.#perform(step, run)
      }
    } finally {
      resolve()
    }
  }

  async #lookUp(names: readonly string[], act: PackageAct, signal: AbortSignal): Promise<void> {
    const lookUp = names.length === 0 ? undefined : this.#dialect.lookUp?.(names, act)
    if (lookUp === undefined) return
    const missing = lookUp.missing(await this.#asked(lookUp.ask, signal))
    if (missing.length === 0) return
    throw new FlotillaError('not-found', `there is no package ${missing.slice(0, namesToldMax).join(', ')}`)
  }

  async #perform({ phase, ...call }: PackageStep, run: CommandRun): Promise<void> {
    const { askMsMax, fetchMsMax, applyMsMax, outputBytesMax } = packageLimits
    const answer = await programAnswer(this.#runner, {
      ...call,
      outputBytesMax,
      timeoutMs: { ask: askMsMax, fetch: fetchMsMax, apply: applyMsMax }[phase],
      onOutput: (stream, bytes) => run.progress({ type: 'output', stream, bytes: bytes.slice() }),
      ...(phase === 'apply' ? {} : { signal: run.signal }),
    })
    if (answer.exitCode !== 0) throw this.#failure(answer)
  }

  async #asked({ fineCodes = [], ...call }: Question, signal: AbortSignal): Promise<string> {
    const { askMsMax: timeoutMs, outputBytesMax } = packageLimits
    const answer = await programAnswer(this.#runner, { ...call, timeoutMs, outputBytesMax, signal })
    if (answer.exitCode !== 0 && !fineCodes.includes(answer.exitCode)) throw this.#failure(answer)
    return answer.stdout
  }

  #failure(answer: ProgramAnswer): FlotillaError {
    return this.#dialect.failure(answer) ?? new FlotillaError('failed', `${this.name} failed: ${said(answer)}`)
  }
}
