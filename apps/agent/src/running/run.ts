import type { Logger } from '@flotilla/core/observe'
import { agentLogger } from '../agent-logger.ts'
import type { Invocation } from '../arguments.ts'
import { readSettings, watchSettings } from '../settings/node-settings-file.ts'
import { changesOf } from '../settings/settings-text.ts'
import type { AgentSettings } from '../settings/settings.ts'
import { agentVersion } from '../version.ts'
import { startAgent, type Agent } from './agent.ts'
import { untilStopped } from './ending.ts'
import { HeldLines } from './held-lines.ts'

/** Runs until it is told to stop, and ends the process then. It rejects where it cannot start. */
export async function run(invocation: Invocation): Promise<void> {
  const stopped = untilStopped()
  const running = new Running(invocation)
  await running.start()
  using _ = watchSettings(invocation.configFile, () => running.reload())
  const end = await stopped
  await running.stop()
  end()
}

class Running {
  readonly #invocation: Invocation
  readonly #lines = new HeldLines((line) => void process.stderr.write(`${line}\n`))
  readonly #logger: Logger
  #settings: AgentSettings
  #agent: Agent | undefined
  /** One change after the other. */
  #turn: Promise<void> = Promise.resolve()
  #isStopped = false

  constructor(invocation: Invocation) {
    this.#invocation = invocation
    this.#settings = readSettings(invocation)
    this.#logger = agentLogger({
      write: (line) => this.#lines.write(line),
      wallNow: () => Date.now(),
      settings: () => this.#settings,
      isJournal: process.env['JOURNAL_STREAM'] !== undefined,
    })
  }

  async start(): Promise<void> {
    this.#agent = await this.#begin(this.#settings)
    this.#logger.info({ version: agentVersion, node: process.versions.node, pid: process.pid }, 'the agent runs')
  }

  reload(): void {
    this.#turn = this.#turn.then(() => this.#reloadNow()).catch((error: unknown) => this.#refuse(error))
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#turn
    await this.#agent?.[Symbol.asyncDispose]()
    this.#logger.info({}, 'the agent stops, as it was told')
  }

  async #reloadNow(): Promise<void> {
    if (this.#isStopped) return
    const before = this.#settings
    const now = readSettings(this.#invocation)
    const { live, later } = changesOf(before, now)
    if (live.length + later.length === 0) return
    this.#settings = now
    this.#logger.info({ changed: [...live, ...later] }, 'the settings were read again')
    if (later.length === 0) {
      this.#agent?.adapt(now)
      return
    }
    // The ports have to be free before they are opened again.
    await this.#agent?.[Symbol.asyncDispose]()
    this.#agent = undefined
    try {
      this.#agent = await this.#begin(now)
    } catch (error) {
      this.#settings = before
      this.#agent = await this.#begin(before)
      throw error
    }
  }

  #begin(settings: AgentSettings): Promise<Agent> {
    return startAgent({
      settings,
      logger: this.#logger,
      lines: this.#lines,
      configFile: this.#invocation.configFile,
    })
  }

  #refuse(error: unknown): void {
    this.#logger.error({ err: error }, 'the new settings are not used, the old ones still are')
  }
}
