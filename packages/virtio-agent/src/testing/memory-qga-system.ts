import { QgaRefusal, type QgaFile, type QgaProgramStatus, type QgaPrograms, type QgaSystem } from '../qga/contract.ts'

/** A machine that is not there, with one of everything: for tests of what is said about it. */
export function memoryQgaSystem(): QgaSystem & { readonly calls: string[]; isFrozen: boolean } {
  const calls: string[] = []
  const called =
    (name: string) =>
    (...given: readonly unknown[]): Promise<void> => {
      calls.push([name, ...given.map(String)].join(' '))
      return Promise.resolve()
    }
  const pci = { domain: 0, bus: 0, slot: 2, function: 0 }
  const address = { pci, busType: 'virtio', bus: 0, target: 0, unit: 0, device: '/dev/vda' }
  const machine = {
    calls,
    isFrozen: false,
    time: () => 1_795_291_529_960_737_001n,
    setTime: called('setTime'),
    shutdown: called('shutdown'),
    suspend: called('suspend'),
    hostName: () => Promise.resolve('vm'),
    timezone: () => Promise.resolve({ zone: 'CET', offsetSeconds: 3_600 }),
    osInfo: () => Promise.resolve({ id: 'debian', name: 'Debian GNU/Linux', versionId: '12', machine: 'x86_64' }),
    users: () => Promise.resolve([{ user: 'ann', loginTimeSeconds: 1_795_291_529.5 }]),
    interfaces: () =>
      Promise.resolve([loopback, { name: 'ifb0', hardwareAddress: 'aa:03:94:3b:ca:14', addresses: [] }]),
    routes: () =>
      Promise.resolve([
        {
          interface: 'eth0',
          destination: '0.0.0.0',
          metric: 0,
          gateway: '192.0.2.1',
          mask: '0.0.0.0',
          version: 4 as const,
        },
      ]),
    vcpus: () => Promise.resolve([{ id: 0, isOnline: true, canOffline: false }]),
    setVcpus: (changes: readonly unknown[]) => Promise.resolve(changes.length),
    memoryBlocks: () => Promise.resolve([{ index: 0, isOnline: true, canOffline: true }]),
    setMemoryBlocks: (changes: readonly { readonly index: number }[]) =>
      Promise.resolve(changes.map(({ index }) => ({ index, outcome: 'success' as const }))),
    memoryBlockBytes: () => Promise.resolve(134_217_728),
    disks: () => Promise.resolve([{ name: '/dev/vda', isPartition: false, dependencies: [], address }]),
    fileSystems: () =>
      Promise.resolve([{ name: 'vda', mount: '/', type: 'ext4', usedBytes: 1, totalBytes: 2, disks: [address] }]),
    diskStatistics: () => Promise.resolve([{ name: 'vda', major: 254, minor: 0, counters: { 'read-ios': 1 } }]),
    cpuStatistics: () => Promise.resolve([{ cpu: 0, times: { user: 1, nice: 0, system: 1, idle: 9 } }]),
    load: () => Promise.resolve([0.5, 0.25, 0.125] as const),
    freeze: {
      freeze: (): Promise<number> => {
        machine.isFrozen = true
        return Promise.resolve(2)
      },
      thaw: (): Promise<number> => {
        machine.isFrozen = false
        return Promise.resolve(2)
      },
      get isFrozen(): boolean {
        return machine.isFrozen
      },
    },
    trim: () => Promise.resolve([{ path: '/', trimmedBytes: 0, minimumBytes: 0 }]),
    setUserPassword: (user: string, password: Uint8Array, isCrypted: boolean) =>
      called('setUserPassword')(user, new TextDecoder().decode(password), isCrypted),
    sshKeys: { get: () => Promise.resolve(['ssh-ed25519 AAAA ann']), add: called('add'), remove: called('remove') },
    files: { open: (path: string) => openMemoryFile(path, calls) },
    programs: memoryPrograms(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
  return machine
}

function memoryPrograms(): QgaPrograms {
  const programs = new Map<number, QgaProgramStatus>()
  return {
    start({ path }) {
      if (path === 'missing') return Promise.reject(new QgaRefusal('there is no such program'))
      const stdout = new TextEncoder().encode('out')
      programs.set(4_711, { isExited: true, exitCode: 3, stdout, stderr: new Uint8Array(0) })
      return Promise.resolve(4_711)
    },
    status(pid) {
      const status = programs.get(pid)
      programs.delete(pid)
      return status
    },
  }
}

const loopback = {
  name: 'lo',
  hardwareAddress: '00:00:00:00:00:00',
  addresses: [{ type: 'ipv4' as const, address: '127.0.0.1', prefix: 8 }],
  statistics: {
    receivedBytes: 1,
    receivedPackets: 1,
    receiveErrors: 0,
    receiveDrops: 0,
    sentBytes: 1,
    sentPackets: 1,
    sendErrors: 0,
    sendDrops: 0,
  },
}

function openMemoryFile(path: string, calls: string[]): Promise<QgaFile> {
  if (path === '/missing') {
    return Promise.reject(new QgaRefusal(`failed to open file '${path}' (mode: 'r'): No such file or directory`))
  }
  let bytes: Uint8Array = new Uint8Array(0)
  let position = 0
  return Promise.resolve({
    read(bytesMax) {
      const read = bytes.slice(position, position + bytesMax)
      position += read.length
      return Promise.resolve({ bytes: read, isAtEnd: read.length < bytesMax })
    },
    write(written) {
      bytes = Uint8Array.from([...bytes.slice(0, position), ...written]).slice(0, 4_096)
      position = bytes.length
      return Promise.resolve(written.length)
    },
    seek(offset, whence) {
      const from = whence === 'set' ? 0 : whence === 'cur' ? position : bytes.length
      position = Math.max(0, from + offset)
      return Promise.resolve({ position, isAtEnd: false })
    },
    flush: () => Promise.resolve(),
    [Symbol.asyncDispose]() {
      calls.push(`close ${path}`)
      return Promise.resolve()
    },
  })
}
