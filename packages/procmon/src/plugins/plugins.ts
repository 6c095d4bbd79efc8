import { FlotillaError } from '@flotilla/core/errors'
import { after, type Clock, type Millis } from '@flotilla/core/time'
import type { Collector } from '../contract.ts'
import { explained, type MonitorErrorCode } from '../errors.ts'
import type { Problem } from '../readings.ts'
import { checkedFigures, validateCollector } from './collector.ts'
import { validatePluginLimits, type PluginLimits } from './limits.ts'

export interface PluginsOptions {
  readonly collectors: readonly Collector[]
  readonly clock: Clock
  readonly limits?: { readonly [Name in keyof PluginLimits]?: number | undefined }
}

export interface PluginNews {
  /** By `plugin.figure`. */
  readonly extra: Readonly<Record<string, number>>
  readonly problems: readonly Problem[]
}

interface Plugin {
  readonly collector: Collector
  readonly intervalMs: number
  figures: ReadonlyMap<string, number>
  problem: Problem | undefined
  dueAt: Millis
  /** Ends when the call that is under way does, which may be long after it was given up. */
  underWay: Promise<void> | undefined
}

/**
 * Collectors of others beside our own figures: each is called on its own, never twice at once, and whatever it does
 * stays its own problem. A sample takes what the last call of each brought; it waits for none.
 */
export class Plugins {
  readonly #plugins: readonly Plugin[]
  readonly #limits: PluginLimits
  readonly #clock: Clock
  readonly #stop = new AbortController()

  constructor({ collectors, clock, limits }: PluginsOptions) {
    this.#limits = validatePluginLimits(limits)
    this.#clock = clock
    const { pluginsMax, intervalMs } = this.#limits
    if (collectors.length > pluginsMax) {
      const message = `there are ${collectors.length} collectors, of which ${pluginsMax} are allowed`
      throw new FlotillaError<MonitorErrorCode>('overloaded', message, {
        hint: 'name fewer, or allow more: pluginsMax',
      })
    }
    this.#plugins = collectors.map((collector) => ({
      collector: validateCollector(collector, this.#limits),
      intervalMs: collector.intervalMs ?? intervalMs,
      figures: new Map(),
      problem: undefined,
      dueAt: clock.now(),
      underWay: undefined,
    }))
    const names = new Set(collectors.map(({ name }) => name))
    if (names.size === collectors.length) return
    throw new FlotillaError<MonitorErrorCode>('wrong-collector', 'two collectors have the same name')
  }

  /** Calls those that are due, and returns what is known by now. */
  collect(): PluginNews {
    const now = this.#clock.now()
    for (const plugin of this.#plugins) {
      if (plugin.underWay === undefined && plugin.dueAt <= now && !this.#stop.signal.aborted) this.#call(plugin)
    }
    return {
      extra: Object.fromEntries(this.#plugins.flatMap(({ figures }) => [...figures])),
      problems: this.#plugins.flatMap(({ problem }) => problem ?? []),
    }
  }

  /** Tells those that are under way to stop. It does not wait for them, as a plugin may hang for ever. */
  close(): void {
    this.#stop.abort()
  }

  #call(plugin: Plugin): void {
    plugin.dueAt = after(this.#clock.now(), plugin.intervalMs)
    plugin.underWay = this.#run(plugin).finally(() => (plugin.underWay = undefined))
  }

  /** Never rejects. */
  async #run(plugin: Plugin): Promise<void> {
    const { collector } = plugin
    const { timeoutMs } = this.#limits
    const late = new AbortController()
    const message = `the plugin ${collector.name} has not answered within ${timeoutMs} ms`
    using _timer = this.#clock.wakeAt(after(this.#clock.now(), timeoutMs), () => {
      const error = new FlotillaError('deadline-exceeded', message, { hint: 'it is called again when that has ended' })
      this.#fail(plugin, error)
      late.abort(error)
    })
    try {
      const answer = await collector.collect(AbortSignal.any([late.signal, this.#stop.signal]))
      const figures = checkedFigures(collector.name, answer, this.#limits)
      plugin.figures = figures
      plugin.problem = undefined
    } catch (error) {
      if (!late.signal.aborted) this.#fail(plugin, error)
    }
  }

  /** Old figures are not shown beside a problem: they would be taken for those of now. */
  #fail(plugin: Plugin, error: unknown): void {
    plugin.figures = new Map()
    plugin.problem = { part: `plugin: ${plugin.collector.name}`, ...explained(error) }
  }
}
