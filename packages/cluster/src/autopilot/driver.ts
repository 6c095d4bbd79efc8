import { FlotillaError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import { silentLogger, type Logger } from '@flotilla/core/observe'
import type { Clock } from '@flotilla/core/time'
import { Autopilot, type AutopilotEffect, type AutopilotInput, type AutopilotReport } from './autopilot.ts'
import type { AutopilotGroup, AutopilotMember } from './ports.ts'
import { validateAutopilotSettings, type AutopilotSettings } from './settings.ts'

export interface AutopilotOptions {
  readonly self: NodeId
  readonly group: AutopilotGroup
  /** Everybody who is, or was of late, in the cluster; this node too. */
  readonly members: () => readonly AutopilotMember[]
  readonly clock: Clock
  readonly settings?: Partial<AutopilotSettings>
  /** As `promotionLagMax` of the group, so that nothing is asked for that the group refuses. */
  readonly caughtUpLagMax: number
  readonly logger?: Logger
}

export interface RunningAutopilot extends AsyncDisposable {
  readonly report: AutopilotReport
}

/** Keeps the right nodes deciding in a group, as long as it is not disposed; disposing it gives up a change. */
export function runAutopilot(options: AutopilotOptions): RunningAutopilot {
  return new AutopilotDriver(options)
}

class AutopilotDriver implements RunningAutopilot {
  readonly #options: AutopilotOptions
  readonly #settings: AutopilotSettings
  readonly #logger: Logger
  readonly #core: Autopilot
  readonly #closed = new AbortController()
  #timer: Disposable | undefined
  #changing: Promise<void> | undefined

  constructor(options: AutopilotOptions) {
    const { self, clock, caughtUpLagMax, logger = silentLogger } = options
    this.#options = options
    this.#logger = logger
    this.#settings = validateAutopilotSettings(options.settings)
    this.#core = new Autopilot({ self, caughtUpLagMax, settings: this.#settings }, clock.now())
    this.#look()
  }

  get report(): AutopilotReport {
    return this.#core.report
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort(new FlotillaError('closed', 'the autopilot was stopped'))
    this.#timer?.[Symbol.dispose]()
    await this.#changing
  }

  #look(): void {
    const { group, members } = this.#options
    this.#turn({ type: 'look', members: members(), status: group.status() })
  }

  #turn(input: AutopilotInput): void {
    if (this.#closed.signal.aborted) return
    const { clock } = this.#options
    this.#core.step(clock.now(), input)
    for (const effect of this.#core.drain()) this.#changing = this.#change(effect)
    this.#timer?.[Symbol.dispose]()
    this.#timer = clock.wakeAt(this.#core.deadline(), () => this.#look())
  }

  async #change({ wanted, reason }: AutopilotEffect): Promise<void> {
    const { signal } = this.#closed
    this.#logger.info({ ...wanted, reason }, 'the members of a group are being changed')
    let succeeded = false
    try {
      await this.#options.group.changeMembers(wanted, { signal, timeoutMs: this.#settings.changeMsMax })
      succeeded = true
      this.#logger.info({ ...wanted }, 'the members of a group were changed')
    } catch (error) {
      // It is looked at anew, from how the group is then; a change that nobody knows the outcome of is seen there too.
      if (!signal.aborted) this.#logger.warn({ err: error, ...wanted }, 'the members of a group could not be changed')
    }
    this.#turn({ type: 'changed', succeeded })
  }
}
