import { constants, endianness, machine, networkInterfaces } from 'node:os'
import type { Clock } from '@flotilla/core/time'
import { nodeClock } from '@flotilla/core/time/node'
import type { ProgramRunner } from '../../execution/contract.ts'
import { QgaRefusal, type QgaSystem } from '../../qga/contract.ts'
import { disksOf } from './disks.ts'
import { diskMounts, fileSystemsOf } from './file-systems.ts'
import { LinuxFreezing, type HeldWriter } from './freezing.ts'
import { hardwareOf } from './hardware.ts'
import { HostPrograms } from './host-programs.ts'
import { osInfoOf, usersOf } from './identity.ts'
import { validateLinuxSystemLimits, type LinuxSystemLimits } from './limits.ts'
import type { MachineFiles } from './machine-files.ts'
import { interfacesOf, routesOf, type AskFourAddresses } from './networks.ts'
import { FrozenFile } from './node-frozen-record.ts'
import { nodeHostFiles } from './node-host-files.ts'
import { nodeMachineFiles } from './node-machine-files.ts'
import { nodeMountSpace } from './node-mount-space.ts'
import { nodeSshKeys } from './node-ssh-keys.ts'
import { parsePasswordEntry, type PasswordEntry } from './parsing/said.ts'
import { parseDiskStatistics, parseLoad, parseProcessorTimes } from './parsing/statistics.ts'
import { checkUser, setUserPassword } from './passwords.ts'
import { powerOf } from './power.ts'
import { SystemPrograms } from './system-programs.ts'
import { timeOfDay } from './time-of-day.ts'
import { trimAll } from './trimming.ts'

export interface LinuxSystemOptions {
  /** Its owner's: it is not disposed of here. */
  readonly runner: ProgramRunner
  /** What reaches everything is offered only where the guest's configuration allows it. */
  readonly policy: { readonly files: boolean; readonly exec: boolean }
  /** Where it is written down that file systems are frozen; on a file system of memory, best of all. */
  readonly stateFolder: string
  /** A folder with `proc`, `sys`, `etc` and `run` in place of this machine's. */
  readonly root?: string
  readonly clock?: Clock
  readonly limits?: Partial<LinuxSystemLimits>
  /** Held while file systems are frozen: the log, and what else writes to disks by itself. */
  readonly heldWriters?: readonly HeldWriter[]
}

/** This machine, as the QEMU guest agent's commands see it. */
export async function openLinuxSystem(options: LinuxSystemOptions): Promise<QgaSystem> {
  const { runner, policy, root = '', clock = nodeClock(), heldWriters = [] } = options
  const limits = validateLinuxSystemLimits(options.limits)
  const files = nodeMachineFiles(root, limits.systemFileBytesMax)
  const programs = new SystemPrograms({
    runner,
    clock,
    timeoutMs: limits.programMs,
    stuckMs: limits.programStuckMs,
    outputBytesMax: limits.programOutputBytesMax,
    environment: inherited(),
  })
  const record = new FrozenFile(options.stateFolder, (await files.text('/proc/sys/kernel/random/boot_id')) ?? '')
  const mounts = (): ReturnType<typeof diskMounts> => diskMounts(files, limits.listedMax)
  const hostPrograms = new HostPrograms({
    runner,
    programsMax: limits.hostProgramsMax,
    outputBytesMax: limits.hostOutputBytesMax,
    outputsBytesMax: limits.hostOutputsBytesMax,
    signalNumber: (name) => constants.signals[name as NodeJS.Signals],
  })
  return {
    // Of a wall clock that counts in milliseconds, or in parts of them.
    time: () => BigInt(Math.round(clock.wallNow() * 1_000)) * 1_000n,
    ...timeOfDay({ files, programs, offsetSeconds: () => -new Date().getTimezoneOffset() * 60 }),
    ...(await powerOf(files, programs)),
    ...(await hardwareOf(files, limits)),
    ...factsOf(files, nodeMountSpace(root, limits.spaceMs), limits),
    freeze: new LinuxFreezing({
      programs,
      mounts,
      record,
      left: record.read(),
      timeoutMs: limits.freezeMs,
      writers: heldWriters,
    }),
    trim: async (minimumBytes) => trimAll(programs, await mounts(), minimumBytes, limits.trimMs),
    setUserPassword: (user, password, isCrypted) => setUserPassword(programs, user, password, isCrypted),
    sshKeys: nodeSshKeys({
      findUser: (user) => findUser(files, programs, user),
      fileBytesMax: limits.keyFileBytesMax,
      keysMax: limits.keysMax,
    }),
    ...(policy.files ? { files: nodeHostFiles } : {}),
    ...(policy.exec ? { programs: hostPrograms } : {}),
    async [Symbol.asyncDispose]() {
      hostPrograms[Symbol.dispose]()
    },
  }
}

type Facts =
  | 'hostName'
  | 'osInfo'
  | 'users'
  | 'interfaces'
  | 'routes'
  | 'disks'
  | 'fileSystems'
  | 'diskStatistics'
  | 'cpuStatistics'
  | 'load'

/** What is only read. */
function factsOf(
  files: MachineFiles,
  askSpace: ReturnType<typeof nodeMountSpace>,
  { listedMax }: LinuxSystemLimits,
): Pick<QgaSystem, Facts> {
  const isBigEndian = endianness() === 'BE'
  const processor = machine()
  // Those whose C library has no 32-bit ancestors to be friendly to.
  const isWide = /^(aarch64|riscv64|loongarch64)$/.test(processor)
  const told = async (path: string): Promise<string> => {
    const text = await files.text(path)
    if (text === undefined) throw new QgaRefusal(`${path} of this guest cannot be read`)
    return text
  }
  return {
    hostName: async () => (await told('/proc/sys/kernel/hostname')).trim(),
    osInfo: () => osInfoOf(files, processor),
    users: () => usersOf(files, { isWide, isBigEndian }, listedMax),
    interfaces: () => interfacesOf(files, askFourAddresses, isBigEndian, listedMax),
    routes: () => routesOf(files, isBigEndian, listedMax),
    disks: () => disksOf(files, listedMax),
    fileSystems: () => fileSystemsOf(files, askSpace, listedMax),
    diskStatistics: async () => parseDiskStatistics(await told('/proc/diskstats')).slice(0, listedMax),
    cpuStatistics: async () => parseProcessorTimes(await told('/proc/stat')).slice(0, listedMax),
    async load() {
      const load = parseLoad(await told('/proc/loadavg'))
      if (load === undefined) throw new QgaRefusal('/proc/loadavg of this guest cannot be understood')
      return load
    },
  }
}

/** Those of interfaces that run; the kernel has them in no file together with their names. */
const askFourAddresses: AskFourAddresses = () =>
  Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
    addresses
      .filter(({ family }) => family === 'IPv4')
      .map(({ address, cidr }) => ({ interface: name, address, prefix: Number(cidr?.split('/')[1] ?? 32) })),
  )

/** In the file of users, or in a directory that the C library asks. */
async function findUser(files: MachineFiles, programs: SystemPrograms, user: string): Promise<PasswordEntry> {
  checkUser(user)
  const known = parsePasswordEntry((await files.text('/etc/passwd')) ?? '', user)
  if (known !== undefined) return known
  const none = new QgaRefusal(`this guest has no user ${JSON.stringify(user)} with a home folder`)
  const { said } = await programs.run({ path: 'getent', arguments: ['passwd', user] }).catch(() => {
    throw none
  })
  const found = parsePasswordEntry(said, user)
  if (found === undefined) throw none
  return found
}

/** What our programs need of our surroundings, and no more. */
function inherited(): readonly string[] {
  const path = process.env['PATH'] ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
  const zone = process.env['TZ']
  return [`PATH=${path}`, ...(zone === undefined ? [] : [`TZ=${zone}`])]
}
