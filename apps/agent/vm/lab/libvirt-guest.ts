import { execFile } from 'node:child_process'
import { copyFile, open, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { agentFiles } from './agent-guest.ts'
import { guestEquipment } from './guest-equipment.ts'
import { writeGuestImage } from './guest-image.ts'
import { qgaPort } from './guest-scripts.ts'
import { GuestShell } from './guest-shell.ts'
import { guestKernel } from './kernel-package.ts'
import { give, LibvirtDaemon } from './libvirt-daemon.ts'
import { domainName, domainXml, ownSocket, shellSocket } from './libvirt-domain.ts'

const diskBytes = 64 * 1_048_576
/** Beside others, an emulated guest takes minutes to start. */
const awaitedMsMax = 240_000
const againMs = 200

export interface LibvirtGuestOptions {
  readonly agent: string
  /** Of the guest, by path. */
  readonly files?: Readonly<Record<string, string>>
}

/** A domain of a libvirt of its own, with our agent in it. */
export class LibvirtGuest implements AsyncDisposable {
  readonly #daemon: LibvirtDaemon
  #shell: GuestShell
  #isOver = false

  private constructor(daemon: LibvirtDaemon, shell: GuestShell) {
    this.#daemon = daemon
    this.#shell = shell
  }

  /** Resolves when libvirt says that the agent is connected. */
  static async boot(options: LibvirtGuestOptions): Promise<LibvirtGuest> {
    const daemon = await LibvirtDaemon.start()
    try {
      await furnish(daemon.folder, options)
      const description = join(daemon.folder, 'domain.xml')
      await writeFile(description, domainXml(daemon.folder))
      await daemon.virsh('create', description)
      const shell = await GuestShell.open(join(daemon.folder, shellSocket))
      const guest = new LibvirtGuest(daemon, shell)
      await guest.#agentConnects()
      await shell.run('true')
      return guest
    } catch (error) {
      const console = await readFile(join(daemon.folder, 'console'), 'utf8').catch(() => '')
      await daemon[Symbol.asyncDispose]()
      throw new Error(`the domain does not start: ${daemon.log()}\n${console}`, { cause: error })
    }
  }

  /** Where a host of our own dialect connects. */
  get ownSocket(): string {
    return join(this.#daemon.folder, ownSocket)
  }

  /** The disk as the host sees it. */
  get disk(): string {
    return join(this.#daemon.folder, 'disk.img')
  }

  /** A verb of virsh about this domain. */
  verb(name: string, ...args: readonly string[]): Promise<string> {
    return this.#daemon.virsh(name, domainName, ...args)
  }

  /** What libvirt knows, of no domain in particular. */
  domains(): Promise<string> {
    return this.#daemon.virsh('list', '--all', '--name')
  }

  /** A file that virsh may read. */
  async file(name: string, text: string): Promise<string> {
    const path = join(this.#daemon.folder, name)
    await writeFile(path, text)
    return path
  }

  /** What a command in the guest's shell printed. */
  run(line: string): Promise<string> {
    return this.#shell.run(line)
  }

  /** Says what is wrong with the disk's file system; rejects where it would need a repair. */
  async checkDisk(): Promise<string> {
    const { stdout, stderr } = await promisify(execFile)('/usr/sbin/e2fsck', ['-f', '-n', this.disk])
    return stdout + stderr
  }

  /** Its memory goes to a file, qemu ends, and another one goes on with it. */
  async saveAndRestore(): Promise<void> {
    const saved = join(this.#daemon.folder, 'saved')
    await this.verb('save', saved)
    this.#shell[Symbol.dispose]()
    await this.#daemon.virsh('restore', saved)
    this.#shell = await GuestShell.open(join(this.#daemon.folder, shellSocket))
  }

  async until(holds: () => Promise<boolean>): Promise<void> {
    for (const end = performance.now() + awaitedMsMax; performance.now() < end && !this.#isOver; await delay(againMs)) {
      if (await holds()) return
    }
    throw new Error(`it does not come: ${holds.toString()}`)
  }

  async #agentConnects(): Promise<void> {
    const connected = new RegExp(`name=['"]${qgaPort}['"] state=['"]connected['"]`)
    await this.until(async () => connected.test(await this.verb('dumpxml')))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true
    this.#shell[Symbol.dispose]()
    await this.#daemon[Symbol.asyncDispose]()
  }
}

/** Puts what the domain is made of into its folder. */
async function furnish(folder: string, { agent, files = {} }: LibvirtGuestOptions): Promise<void> {
  const kernel = await guestKernel()
  const equipment = guestEquipment()
  const parts = await agentFiles(files)
  const [image, initrd, disk] = [join(folder, 'kernel'), join(folder, 'initrd'), join(folder, 'disk.img')]
  await copyFile(kernel.image, image)
  await writeGuestImage(initrd, {
    ...equipment,
    kernel,
    programs: [...parts.programs, ...equipment.programs],
    files: { ...equipment.files, ...parts.files },
    agent: `exec ${agent}`,
  })
  const file = await open(disk, 'w')
  await file.truncate(diskBytes)
  await file.close()
  await promisify(execFile)('/usr/sbin/mkfs.ext4', ['-q', '-F', '-L', 'flotilla', disk])
  for (const path of [image, initrd, disk]) await give(path)
}
