import { QgaRefusal, type QgaSystem } from '../../qga/contract.ts'
import { wordsOf } from './hardware.ts'
import type { MachineFiles } from './machine-files.ts'
import type { SystemProgram, SystemPrograms } from './system-programs.ts'

type Power = Pick<QgaSystem, 'shutdown' | 'suspend'>

const why = 'hypervisor initiated shutdown'

/**
 * In this order: `shutdown` is there with systemd, with the init of System V and in most small systems; systemd alone
 * has `systemctl`; busybox has a program for each.
 */
const ways: Readonly<Record<'halt' | 'powerdown' | 'reboot', readonly SystemProgram[]>> = {
  halt: [
    { path: 'shutdown', arguments: ['-h', '-H', '+0', why] },
    { path: 'systemctl', arguments: ['--no-block', 'halt'] },
    { path: 'halt', arguments: [] },
  ],
  powerdown: [
    { path: 'shutdown', arguments: ['-h', '-P', '+0', why] },
    { path: 'systemctl', arguments: ['--no-block', 'poweroff'] },
    { path: 'poweroff', arguments: [] },
  ],
  reboot: [
    { path: 'shutdown', arguments: ['-r', '+0', why] },
    { path: 'systemctl', arguments: ['--no-block', 'reboot'] },
    { path: 'reboot', arguments: [] },
  ],
}

/** What the kernel is told, where there is no systemd; `disk` says how it is done, if it has to be said. */
const states = {
  ram: { state: 'mem', disk: undefined, verb: 'suspend' },
  disk: { state: 'disk', disk: undefined, verb: 'hibernate' },
  hybrid: { state: 'disk', disk: 'suspend', verb: 'hybrid-sleep' },
} as const

const stateFile = '/sys/power/state'
const diskFile = '/sys/power/disk'

export async function powerOf(files: MachineFiles, programs: SystemPrograms): Promise<Power> {
  const canSuspend = (await wordsIn(files, stateFile)).some((word) => word === 'mem' || word === 'disk')
  return {
    shutdown: (mode) => programs.firstDone(ways[mode].map((way) => ({ ...way, leavesOthers: true }))),
    ...(canSuspend ? { suspend: (mode) => suspend(files, programs, mode) } : {}),
  }
}

async function suspend(files: MachineFiles, programs: SystemPrograms, mode: keyof typeof states): Promise<void> {
  const { state, disk, verb } = states[mode]
  const [known, knownDisks] = await Promise.all([wordsIn(files, stateFile), wordsIn(files, diskFile)])
  if (!known.includes(state) || (disk !== undefined && !knownDisks.includes(disk))) {
    throw new QgaRefusal(`this guest's kernel does not suspend to ${mode}: it offers ${known.join(' ') || 'nothing'}`)
  }
  // As `sd_booted(3)` does it.
  if ((await files.real('/run/systemd/system')) !== undefined) {
    await programs.done({ path: 'systemctl', arguments: [verb], leavesOthers: true })
    return
  }
  try {
    if (disk !== undefined) await files.write(diskFile, disk)
    // Returns when the machine is awake again.
    await files.write(stateFile, state)
  } catch (cause) {
    throw new QgaRefusal(`the kernel refused to suspend to ${mode}: ${wordsOf(cause)}`, { cause })
  }
}

/** The one that is chosen is in brackets. */
async function wordsIn(files: MachineFiles, path: string): Promise<readonly string[]> {
  const text = (await files.text(path)) ?? ''
  return text.split(/\s+/).map((word) => word.replace(/^\[(.*)\]$/, '$1'))
}
