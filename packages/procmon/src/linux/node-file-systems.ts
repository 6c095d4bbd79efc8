import { FlotillaError } from '@flotilla/core/errors'
import type { Clock } from '@flotilla/core/time'
import type { Problems } from '../problems.ts'
import type { FileSystemReading } from '../readings.ts'
import { AskingLane } from '../asking/asking-lane.ts'
import { fileSystemsOf, isLocal } from './file-systems.ts'
import { Latch } from '../asking/latch.ts'
import type { LinuxSourceLimits } from './limits.ts'
import type { AskSpace, Space } from './node-space.ts'
import { parseMountInfo, type Mount } from './parsing/mount-info.ts'
import { atMost } from '../asking/waiting.ts'

export interface FileSystemsOptions {
  readonly limits: LinuxSourceLimits
  readonly clock: Clock
  readonly askLocal: AskSpace
  readonly askRemote: AskSpace
}

interface Watched {
  readonly mount: Mount
  readonly latch: Latch<Space>
  readonly everyMs: number
}

/** The space of what is mounted. One that does not answer holds up no other, and one reading at most. */
export class FileSystems {
  readonly #options: FileSystemsOptions
  readonly #localLane: AskingLane
  readonly #remoteLane: AskingLane
  #text = ''
  #mounts: readonly Mount[] = []
  /** By what is mounted where: another one at the same place is asked anew, though the former may still hang. */
  #watched = new Map<string, Watched>()

  constructor(options: FileSystemsOptions) {
    this.#options = options
    this.#localLane = new AskingLane(options.limits.localAsksMax)
    this.#remoteLane = new AskingLane(options.limits.remoteAsksMax)
  }

  /** Of the text of `mountinfo`. */
  async read(text: string, problems: Problems, signal?: AbortSignal): Promise<readonly FileSystemReading[]> {
    const { clock, limits } = this.#options
    this.#look(text)
    if (this.#mounts.length > limits.fileSystemsMax) {
      const left = this.#mounts.length - limits.fileSystemsMax
      problems.add('fileSystems', 'limit-reached', `${left} file systems are left out; fileSystemsMax says how many`)
    }
    const nowMs = clock.now()
    const begun: Promise<void>[] = []
    for (const { latch, everyMs } of this.#watched.values()) {
      const hasFailed = latch.latest !== undefined && 'error' in latch.latest
      const done = latch.ask(nowMs, everyMs)
      // Who hung before is asked again, but not waited for: it is known how that ends.
      if (done !== undefined && !hasFailed) begun.push(done)
    }
    await atMost(limits.spaceDeadlineMs, begun, clock, signal)
    return [...this.#watched.values()].map((watched) => reading(watched, problems))
  }

  #look(text: string): void {
    if (text === this.#text) return
    this.#text = text
    this.#mounts = fileSystemsOf(parseMountInfo(text))
    const watched = new Map<string, Watched>()
    for (const mount of this.#mounts.slice(0, this.#options.limits.fileSystemsMax)) {
      const key = JSON.stringify([mount.deviceNumber, mount.mount, mount.device, mount.type])
      watched.set(key, { ...(this.#watched.get(key) ?? this.#watch(mount)), mount })
    }
    this.#watched = watched
  }

  #watch(mount: Mount): Watched {
    const { askLocal, askRemote, limits } = this.#options
    if (isLocal(mount)) {
      return { mount, latch: new Latch(() => this.#localLane.run(() => askLocal(mount.mount))), everyMs: 0 }
    }
    const latch = new Latch(() => this.#remoteLane.run(() => askRemote(mount.mount)))
    return { mount, latch, everyMs: limits.remoteSpaceEveryMs }
  }
}

function reading({ mount, latch }: Watched, problems: Problems): FileSystemReading {
  const { mount: path, device, type, isReadOnly } = mount
  const part = `fileSystems: ${path}`
  const found = { mount: path, device, type, isReadOnly }
  if (latch.isUnderWay) {
    problems.failed(part, new FlotillaError('deadline-exceeded', `${path} (${device}) does not answer`))
    return found
  }
  const { latest } = latch
  if (latest === undefined) return found
  if ('value' in latest) return { ...found, space: latest.value }
  problems.failed(part, latest.error)
  return found
}
