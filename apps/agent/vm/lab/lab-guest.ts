import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { writeGuestImage, type GuestImageOptions } from './guest-image.ts'
import { ownPort, qgaPort, shellPort } from './guest-scripts.ts'
import { GuestShell } from './guest-shell.ts'
import { guestKernel } from './kernel-package.ts'
import { Qmp } from './qmp.ts'

const memoryMbDefault = 768
const diskBytes = 64 * 1_048_576
const startMsMax = 30_000

export interface LabGuestOptions extends Omit<GuestImageOptions, 'kernel'> {
  /** A disk with an empty ext4, and a network that leads nowhere. */
  readonly hasDevices?: boolean
  /** All that is in the guest is in its memory, once packed and once not while it starts. */
  readonly memoryMb?: number
}

/** A real virtual machine under emulation, with the ports of both dialects, a shell, and QEMU's own controls. */
export class LabGuest implements AsyncDisposable {
  readonly #folder: string
  readonly #machine: ChildProcess
  readonly events: string[] = []
  readonly ownSocket: string
  readonly qgaSocket: string
  readonly #qmp: Qmp
  readonly #shell: GuestShell

  private constructor(folder: string, machine: ChildProcess, qmp: Qmp, shell: GuestShell, events: string[]) {
    this.#folder = folder
    this.#machine = machine
    this.#qmp = qmp
    this.#shell = shell
    this.events = events
    this.ownSocket = join(folder, 'own')
    this.qgaSocket = join(folder, 'qga')
  }

  /** Resolves when its shell answers; the agent starts at about the same time. */
  static async boot({
    hasDevices = false,
    memoryMb = memoryMbDefault,
    ...options
  }: LabGuestOptions): Promise<LabGuest> {
    const folder = await mkdtemp(join(tmpdir(), 'flotilla-guest-'))
    const kernel = await guestKernel()
    await writeGuestImage(join(folder, 'initrd'), { ...options, kernel })
    if (hasDevices) await makeDisk(join(folder, 'disk'))
    // It ends with us, however we end.
    const call = ['--pdeathsig', 'KILL', 'qemu-system-x86_64', ...arguments_(folder, kernel.image, memoryMb)]
    const machine = spawn('setpriv', hasDevices ? [...call, ...devices(folder)] : call, {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const complaints: string[] = []
    machine.stderr.setEncoding('utf8').on('data', (text: string) => complaints.push(text))
    const events: string[] = []
    try {
      await appears(join(folder, 'qmp'), () => machine.exitCode !== null, complaints)
      const qmp = await Qmp.open(join(folder, 'qmp'), (event) => events.push(event))
      const shell = await GuestShell.open(join(folder, 'shell'))
      await shell.run('true')
      return new LabGuest(folder, machine, qmp, shell, events)
    } catch (error) {
      machine.kill('SIGKILL')
      const console = existsSync(join(folder, 'console')) ? readFileSync(join(folder, 'console'), 'utf8') : ''
      await rm(folder, { recursive: true, force: true })
      throw new Error(`the guest does not start: ${complaints.join('')}\n${console}`, { cause: error })
    }
  }

  /** What a command in the guest's shell printed. */
  run(line: string): Promise<string> {
    return this.#shell.run(line)
  }

  /** `stop`, `cont`, `system_reset` and all else that QEMU can be told. */
  control(command: string): Promise<unknown> {
    return this.#qmp.execute(command)
  }

  /** What the kernel and the agent have said so far. */
  console(): string {
    return readFileSync(join(this.#folder, 'console'), 'utf8')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#qmp[Symbol.dispose]()
    this.#shell[Symbol.dispose]()
    if (this.#machine.exitCode === null && this.#machine.signalCode === null) {
      this.#machine.kill('SIGKILL')
      await once(this.#machine, 'exit')
    }
    await rm(this.#folder, { recursive: true, force: true })
  }
}

function arguments_(folder: string, kernel: string, memoryMb: number): readonly string[] {
  const ports = [
    ['own', ownPort],
    ['qga', qgaPort],
    ['shell', shellPort],
  ] as const
  const socket = (id: string): string => `socket,id=${id},path=${join(folder, id)},server=on,wait=off`
  const options: readonly (readonly [string, string])[] = [
    ['-accel', 'tcg'],
    ['-machine', 'q35'],
    ['-m', String(memoryMb)],
    ['-smp', '2'],
    ['-display', 'none'],
    ['-kernel', kernel],
    ['-initrd', join(folder, 'initrd')],
    ['-append', 'console=ttyS0 quiet panic=-1 mitigations=off'],
    ['-serial', `file:${join(folder, 'console')}`],
    ['-qmp', `unix:${join(folder, 'qmp')},server=on,wait=off`],
    ['-device', 'virtio-serial-pci'],
    ...ports.map(([id]) => ['-chardev', socket(id)] as const),
    ...ports.map(([id, name]) => ['-device', `virtserialport,chardev=${id},name=${name}`] as const),
  ]
  return ['-nodefaults', '-no-user-config', ...options.flat()]
}

function devices(folder: string): readonly string[] {
  const options = [
    ['-drive', `if=none,id=disk,format=raw,discard=unmap,file=${join(folder, 'disk')}`],
    ['-device', 'virtio-blk-pci,drive=disk,serial=FLOTILLA1'],
    ['-netdev', 'user,id=net,restrict=on'],
    ['-device', 'virtio-net-pci,netdev=net'],
  ]
  return options.flat()
}

async function makeDisk(path: string): Promise<void> {
  const file = await open(path, 'w')
  await file.truncate(diskBytes)
  await file.close()
  await promisify(execFile)('/usr/sbin/mkfs.ext4', ['-q', '-F', '-L', 'flotilla', path])
}

async function appears(path: string, isOver: () => boolean, complaints: readonly string[]): Promise<void> {
  for (const end = performance.now() + startMsMax; performance.now() < end; await delay(20)) {
    if (existsSync(path)) return
    if (isOver()) break
  }
  throw new Error(`qemu does not start: ${complaints.join('')}`)
}
