import type { Logger } from '@flotilla/core/observe'
import { asked, posted } from '../http/described.ts'
import type { AnyRoute } from '../http/route.ts'
import type { ReloadAnswer, SettingsAnswer } from './settings-answers.ts'
import type { ReloadReport, SettingsInForce } from './settings-in-force.ts'
import { problemSentence } from './setting-problem.ts'
import { reloadSchema, settingsSchema } from './settings-schemas.ts'
import { reloadAnswer, settingEntries } from './settings-report.ts'

export interface SettingsServiceOptions {
  readonly inForce: SettingsInForce
  readonly logger: Logger
  /** Whoever had it read again. */
  readonly onReloaded: (report: ReloadReport) => void
}

/** The settings as they are shown, and read again while the node runs. */
export class SettingsService {
  readonly routes: readonly AnyRoute[]
  readonly #options: SettingsServiceOptions

  constructor(options: SettingsServiceOptions) {
    this.#options = options
    this.routes = [
      asked({
        path: '/v1/settings',
        about: {
          summary: 'the settings that hold, where each comes from, and what differs on the disk',
          answer: settingsSchema,
        },
        get: () => this.#answer(),
      }),
      posted({
        path: '/v1/settings/reload',
        role: 'admin',
        about: {
          summary: 'read the settings again; those that are live take effect at once',
          detail: 'Where anything is wrong nothing changes, and `problems` says what it is.',
          answer: reloadSchema,
        },
        post: () => this.reload(),
      }),
    ]
    this.#warn()
  }

  async reload(): Promise<ReloadAnswer> {
    const { inForce, logger, onReloaded } = this.#options
    const report = await inForce.reload(logger)
    const { file, problems, changed, waiting } = report
    for (const problem of problems) logger.error({ problem: problemSentence(problem) }, 'this setting is wrong')
    if (problems.length > 0) logger.error({ file }, 'settings were read again and are wrong: none has changed')
    else logger.info({ file, changed, fromTheNextStart: waiting }, 'settings were read again')
    this.#warn()
    onReloaded(report)
    return reloadAnswer(report)
  }

  async #answer(): Promise<SettingsAnswer> {
    const { inForce } = this.#options
    const { warnings, ...difference } = await inForce.difference()
    return {
      file: inForce.file ?? null,
      settings: settingEntries(inForce),
      onDisk: reloadAnswer(difference),
      warnings,
    }
  }

  #warn(): void {
    const { inForce, logger } = this.#options
    for (const warning of inForce.warnings) logger.warn({ file: inForce.file }, warning)
  }
}
