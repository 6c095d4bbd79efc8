import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundleProgram } from '../packing/bundle.ts'
import { makeExecutable } from '../packing/executable.ts'
import { nodeEnvironment } from '../src/install/node-flags.ts'
import { guestAvailability } from '../vm/lab/availability.ts'
import { noAgent, qgaPort } from '../vm/lab/guest-scripts.ts'
import { LabGuest } from '../vm/lab/lab-guest.ts'
import { LineClient } from '../vm/lab/line-client.ts'

export type Contestant = 'ours' | 'qemu-ga'

export const qemuGa = '/usr/sbin/qemu-ga'

/** Both are in every guest; one of them runs. Ours as the unit starts it that we install. */
const commands: Readonly<Record<Contestant, string>> = {
  ours: `env ${nodeEnvironment} /opt/flotilla-agent --audit-folder /tmp/audit`,
  'qemu-ga': `qemu-ga -m virtio-serial -p $(/lab/port ${qgaPort}) -t /tmp`,
}

/** The executable is in memory as a file, and so is the image while the guest starts. */
const guestMemoryMb = 1_280

/** What a process costs, from the kernel's own books. */
export interface Footprint {
  readonly residentBytes: number
  /** What it has to itself: not the pages of its program, which others could share. */
  readonly privateBytes: number
  readonly wakeups: number
  /** To the nanosecond, of all threads, as the kernel's scheduler counts; `top` counts ticks. */
  readonly processorMs: number
}

/** One agent in an emulated guest of its own, with a host at its port. */
export class AgentInGuest implements AsyncDisposable {
  readonly guest: LabGuest
  readonly #contestant: Contestant

  private constructor(guest: LabGuest, contestant: Contestant) {
    this.guest = guest
    this.#contestant = contestant
  }

  static async boot(contestant: Contestant): Promise<AgentInGuest> {
    const { isThere, note } = await guestAvailability()
    if (!isThere) throw new Error(`there is no real guest${note}`)
    const guest = await LabGuest.boot({
      // Node for its libraries.
      programs: [
        { source: process.execPath, path: 'usr/bin/node' },
        { source: qemuGa, path: 'usr/sbin/qemu-ga' },
      ],
      start: 'rm /usr/bin/node',
      files: contestant === 'ours' ? { 'opt/flotilla-agent': await executable() } : {},
      memoryMb: guestMemoryMb,
      agent: noAgent,
    })
    return new AgentInGuest(guest, contestant)
  }

  async start(): Promise<void> {
    await this.guest.run(`${commands[this.#contestant]} >/tmp/log 2>&1 & echo $! >/tmp/agent-pid`)
  }

  async end(): Promise<void> {
    await this.guest.run('kill $(cat /tmp/agent-pid); while [ -d /proc/$(cat /tmp/agent-pid) ]; do sleep 0.1; done')
  }

  /** A host of the QEMU guest agent's dialect, which both speak, once it is answered. */
  async host(): Promise<LineClient> {
    const client = await LineClient.open(this.guest.qgaSocket)
    await client.synchronise()
    return client
  }

  async footprint(): Promise<Footprint> {
    const script =
      'cd /proc/$(cat /tmp/agent-pid); grep -E "VmRSS|RssAnon" status; cat task/*/status | grep ^voluntary; ' +
      'for task in task/*; do read run rest < $task/schedstat; echo "nanoseconds: $run"; done'
    const text = await this.guest.run(script)
    const sum = (form: RegExp): number => [...text.matchAll(form)].reduce((all, [, number]) => all + Number(number), 0)
    return {
      residentBytes: sum(/VmRSS:\s+(\d+)/g) * 1_024,
      privateBytes: sum(/RssAnon:\s+(\d+)/g) * 1_024,
      wakeups: sum(/^voluntary_ctxt_switches:\s+(\d+)/gm),
      processorMs: sum(/^nanoseconds: (\d+)/gm) / 1e6,
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.guest[Symbol.asyncDispose]()
  }
}

async function executable(): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), 'flotilla-executable-'))
  try {
    const program = join(folder, 'flotilla-agent')
    await makeExecutable(await bundleProgram(join(import.meta.dirname, '../src/main.ts')), program)
    return await readFile(program)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
