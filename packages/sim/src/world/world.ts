import type { NodeId } from '@flotilla/core/ids'
import type { NetworkLimits } from '@flotilla/core/network'
import type { Prng } from '@flotilla/core/random'
import { memoryDisk, memoryHub, type MemoryHub, type WireFrame } from '@flotilla/core/testing'
import { DiskWeather } from '../faults/disk-weather.ts'
import { noFaults, type FaultPlan } from '../faults/fault-plan.ts'
import { FaultyWire } from '../faults/faulty-wire.ts'
import type { HostSpec, Violation, WorldView } from '../suite.ts'
import { Connections } from './connections.ts'
import { hostId } from './host-id.ts'
import { beginLife, endLife, stopLife, worldClock } from './life.ts'
import type { SimHost } from './sim-host.ts'
import type { Trace } from './trace.ts'
import { VirtualTime } from './virtual-time.ts'

export interface WorldOptions {
  readonly random: Prng
  readonly plan: FaultPlan
  readonly trace: Trace
  readonly networkLimits?: Partial<NetworkLimits>
}

/** How long a supervisor takes to start a process again. */
const restartMsMax = 1_000

/**
 * A world in one thread: hosts with their clocks and disks and the network between them, on virtual time, drawn from
 * one generator. Nothing in it waits for anything real. It brings hosts up and down; who decides when is the fault
 * injector.
 */
export class World {
  readonly time: VirtualTime = new VirtualTime()
  readonly hosts: SimHost[] = []
  readonly hub: MemoryHub
  readonly wire: FaultyWire
  readonly connections: Connections
  readonly #random: Prng
  readonly #trace: Trace
  readonly #hostsById = new Map<NodeId, SimHost>()
  #plan: FaultPlan
  #violation: Violation | undefined
  #mended = false
  #closing = false

  constructor(options: WorldOptions) {
    this.#random = options.random
    this.#plan = options.plan
    this.#trace = options.trace
    const wireWorld = {
      nowMs: () => this.time.nowMs,
      arriveAt: (atMs: number, to: NodeId, arrive: () => void) =>
        void this.time.schedule(atMs, arrive, this.#hostsById.get(to)?.life?.incarnation),
      note: (frame: WireFrame, what: string) => this.#noteFrame(frame, what),
    }
    this.wire = new FaultyWire(wireWorld, this.#random.split('wire'), options.plan)
    this.hub = memoryHub({
      clock: worldClock(this.time),
      wire: this.wire,
      connectOnJoin: false,
      limits: options.networkLimits ?? {},
      onHandlerError: ({ node, error }) =>
        this.fail('No handler fails in a way that it did not foresee.', `${this.nameOf(node)}: ${String(error)}`),
    })
    this.connections = new Connections({
      time: this.time,
      random: this.#random.split('connections'),
      hub: this.hub,
      wire: this.wire,
    })
  }

  /** What ended the run, if anything has. */
  get violation(): Violation | undefined {
    return this.#violation
  }

  /** The first violation counts; what follows it is noise. */
  fail(sentence: string, detail = ''): void {
    if (this.#violation !== undefined) return
    this.#violation = { sentence, detail }
    this.note('world', 'violated', sentence)
  }

  note(where: string, what: string, detail?: string): void {
    this.#trace.record({ atMs: this.time.nowMs, where, what, ...(detail === undefined ? {} : { detail }) })
  }

  nameOf(id: NodeId): string {
    return this.#hostsById.get(id)?.spec.name ?? id
  }

  view(seed: number, random: Prng): WorldView {
    return {
      seed,
      random,
      nowMs: () => this.time.nowMs,
      idOf: hostId,
      isMended: () => this.#mended,
      note: (what, detail) => this.note('suite', what, detail),
      fail: (sentence, detail) => this.fail(sentence, detail),
    }
  }

  add(spec: HostSpec): void {
    const random = this.#random.split(spec.name)
    const diskWorld = {
      nowMs: () => this.time.nowMs,
      finishAt: (atMs: number, finish: () => void) => void this.time.schedule(atMs, finish, host.life?.incarnation),
      note: (what: string, detail: string) => this.note(spec.name, `disk ${what}`, detail),
    }
    const weather = new DiskWeather(diskWorld, random.split('disk'), this.#plan.diskLatencyMs)
    const host: SimHost = {
      spec,
      id: hostId(spec.name),
      random,
      weather,
      disk: memoryDisk({ faults: weather }),
      pace: 1 + (this.#plan.clockDriftMax * random.between(-1_000, 1_000)) / 1_000,
      wallOffsetMs: random.between(-2_000, 2_000),
      life: undefined,
      lives: 0,
    }
    this.hosts.push(host)
    this.#hostsById.set(host.id, host)
    beginLife(this, host)
  }

  /** Pulls the plug; it comes back after `downMs`. */
  crash(host: SimHost, downMs: number): void {
    if (host.life === undefined) return
    this.note(host.spec.name, 'crashed')
    endLife(this, host)
    host.disk.crash(host.random)
    this.#returnLater(host, downMs)
  }

  /** Its process gave up; whoever looks after it starts it again. The machine, and what it has not synced, stay. */
  exit(host: SimHost, why: string): void {
    this.note(host.spec.name, 'exited', why)
    endLife(this, host)
    host.disk.kill(host.random)
    this.#returnLater(host, host.random.between(1, restartMsMax))
  }

  /** Asks it to stop, as an operator would; it comes back `downMs` after it has stopped, or stays down. */
  stop(host: SimHost, downMs?: number): void {
    stopLife(this, host, () => {
      if (downMs !== undefined) this.#returnLater(host, downMs)
    })
  }

  /** Flips a bit somewhere in what the host has stored. */
  rot(host: SimHost): void {
    const paths = host.disk.paths()
    if (paths.length === 0) return
    const path = host.random.pick(paths)
    const place = host.disk.rot(path, host.random)
    if (place !== undefined) this.note(host.spec.name, 'disk rots', `${path} ${place}`)
  }

  /** The quiet world: no faults of their own, everybody up, everybody reachable, clocks as they are. */
  mend(): void {
    this.note('world', 'mended')
    this.#mended = true
    this.#plan = noFaults
    this.wire.plan = noFaults
    for (const host of this.hosts) {
      host.weather.latencyMs = noFaults.diskLatencyMs
      host.weather.failsNextSync = false
      if (host.life === undefined) beginLife(this, host)
    }
  }

  /** Whoever is down from now on stays down: everybody is about to be asked to stop, once. */
  close(): void {
    this.#closing = true
  }

  #returnLater(host: SimHost, downMs: number): void {
    const { lives } = host
    this.time.schedule(this.time.nowMs + downMs, () => {
      // Mending may have started it before, and its suite may have stopped it since: that stop is not ours to end.
      if (host.life === undefined && host.lives === lives && !this.#closing) beginLife(this, host)
    })
  }

  #noteFrame(frame: WireFrame, what: string): void {
    this.#trace.mixBytes(frame.payload)
    const where = `${this.nameOf(frame.from)}>${this.nameOf(frame.to)}`
    this.note(where, what, `${frame.channel} ${frame.kind} ${frame.bytes} B`)
  }
}
