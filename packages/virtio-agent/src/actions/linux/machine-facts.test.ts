import { expect, test } from 'vitest'
import { disksOf } from './disks.ts'
import { diskMounts, fileSystemsOf } from './file-systems.ts'
import { osInfoOf, usersOf } from './identity.ts'
import { interfacesOf, routesOf } from './networks.ts'
import { MemoryMachineFiles } from './testing/memory-machine-files.ts'

const pci = '/sys/devices/pci0000:00'
const scsi = `${pci}/0000:00:05.0/virtio2/host2/target2:0:1/2:0:1:3`
const sata = `${pci}/0000:00:1f.2/ata4/host3/target3:0:0/3:0:0:0`

/** A virtio disk with a partition, one of SCSI, one of SATA, a volume upon two of them, and what is no disk. */
const disks = {
  [`${pci}/0000:00:02.0/virtio1/block/vda/size`]: '100\n',
  [`${pci}/0000:00:02.0/virtio1/block/vda/serial`]: 'root-1\n',
  [`${pci}/0000:00:02.0/virtio1/block/vda/vda1/partition`]: '1\n',
  [`${pci}/0000:00:02.0/virtio1/block/vda/vda1/size`]: '90\n',
  [`${scsi}/block/sda/size`]: '100\n',
  [`${scsi}/block/sda/device`]: `→ ${scsi}`,
  [`${scsi}/vpd_pg80`]: Uint8Array.from([0, 0x80, 0, 4, 0x44, 0x31, 0x20, 0]),
  [`${sata}/block/sdb/size`]: '100\n',
  [`${pci}/0000:00:1f.2/driver`]: '→ /sys/bus/pci/drivers/ahci',
  '/sys/bus/pci/drivers/ahci/module': '',
  [`${pci}/0000:00:1f.2/ata3/x`]: '',
  '/sys/devices/virtual/block/dm-0/size': '180\n',
  '/sys/devices/virtual/block/dm-0/dm/name': 'vg-data\n',
  '/sys/devices/virtual/block/dm-0/slaves/vda1': `→ ${pci}/0000:00:02.0/virtio1/block/vda/vda1`,
  '/sys/devices/virtual/block/dm-0/slaves/sda': `→ ${scsi}/block/sda`,
  '/sys/devices/virtual/block/loop0/size': '0\n',
  '/sys/devices/virtual/block/cciss!c0d0/size': '9\n',
  '/sys/block/vda': `→ ${pci}/0000:00:02.0/virtio1/block/vda`,
  '/sys/block/sda': `→ ${scsi}/block/sda`,
  '/sys/block/sdb': `→ ${sata}/block/sdb`,
  '/sys/block/dm-0': '→ /sys/devices/virtual/block/dm-0',
  '/sys/block/loop0': '→ /sys/devices/virtual/block/loop0',
  '/sys/block/cciss!c0d0': '→ /sys/devices/virtual/block/cciss!c0d0',
  '/sys/class/block/vda1': `→ ${pci}/0000:00:02.0/virtio1/block/vda/vda1`,
  '/sys/class/block/sda': `→ ${scsi}/block/sda`,
  '/sys/dev/block/253:0': '→ /sys/devices/virtual/block/dm-0',
  '/sys/dev/block/254:1': `→ ${pci}/0000:00:02.0/virtio1/block/vda/vda1`,
}

test('disks, with their partitions, serial numbers, and what they are made of', async () => {
  const all = await disksOf(new MemoryMachineFiles(disks), 100)
  expect(all.map(({ name, isPartition, dependencies }) => [name, isPartition, dependencies])).toEqual([
    ['/dev/cciss/c0d0', false, []],
    ['/dev/dm-0', false, ['/dev/sda', '/dev/vda1']],
    ['/dev/sda', false, []],
    ['/dev/sdb', false, []],
    ['/dev/vda', false, []],
    ['/dev/vda1', true, ['/dev/vda']],
  ])
  const [, volume, second, third, first] = all
  expect(volume).toMatchObject({ alias: 'vg-data' })
  expect(volume).not.toHaveProperty('address')
  expect(second?.address).toMatchObject({ busType: 'scsi', target: 1, unit: 3, serial: 'D1', device: '/dev/sda' })
  expect(third?.address).toMatchObject({ busType: 'sata', unit: 1, device: '/dev/sdb' })
  expect(first?.address).toMatchObject({ busType: 'virtio', serial: 'root-1', device: '/dev/vda' })
  expect(first?.address?.pci).toEqual({ domain: 0, bus: 0, slot: 2, function: 0 })
})

test('no more disks are told than the limit says', async () => {
  expect(await disksOf(new MemoryMachineFiles(disks), 3)).toHaveLength(3)
})

test('devices that are made of each other, which cannot be, end somewhere', async () => {
  const one = '/sys/devices/virtual/block/dm-1'
  const files = new MemoryMachineFiles({
    '/proc/self/mountinfo': '1 0 253:1 / / rw - ext4 /dev/dm-1 rw\n',
    [`${one}/slaves/dm-1`]: '',
    '/sys/dev/block/253:1': `→ ${one}`,
    '/sys/class/block/dm-1': `→ ${one}`,
  })
  expect(await fileSystemsOf(files, () => Promise.resolve(undefined), 10)).toMatchObject([{ disks: [] }])
})

test('file systems: on which disks, by the kernel their name, and without figures where there are none', async () => {
  const files = new MemoryMachineFiles({
    ...disks,
    '/proc/self/mountinfo': `1 0 254:1 / / rw - ext4 /dev/vda1 rw
2 1 253:0 / /data rw - xfs /dev/mapper/vg-data rw
3 1 0:21 / /proc rw - proc proc rw
`,
  })
  const space = { totalBytes: 1_000, freeBytes: 400, availableBytes: 300 }
  const told = await fileSystemsOf(files, (path) => Promise.resolve(path === '/' ? space : undefined), 10)
  expect(told.map(({ name, mount, type }) => [name, mount, type])).toEqual([
    ['vda1', '/', 'ext4'],
    ['dm-0', '/data', 'xfs'],
  ])
  expect(told[0]).toMatchObject({ usedBytes: 600, totalBytes: 900, totalBytesPrivileged: 1_000 })
  expect(told[1]).not.toHaveProperty('usedBytes')
  // The serial number is the whole disk's.
  expect(told[0]?.disks).toMatchObject([{ device: '/dev/vda1', serial: 'root-1' }])
  expect(told.map((each) => each.disks.map(({ device }) => device))).toEqual([['/dev/vda1'], ['/dev/sda', '/dev/vda1']])
  expect(await diskMounts(files, 1)).toHaveLength(1)
})

test('interfaces: also those that are down, and second addresses with a name of their own', async () => {
  const files = new MemoryMachineFiles({
    '/sys/class/net/eth0/ifindex': '2\n',
    '/sys/class/net/eth0/address': '02:fc:00:00:00:01\n',
    '/sys/class/net/lo/ifindex': '1\n',
    '/sys/class/net/lo/address': '00:00:00:00:00:00\n',
    '/sys/class/net/tun0/ifindex': '7\n',
    '/sys/class/net/tun0/address': '\n',
    '/sys/class/net/bonding_masters': 'eth0\n',
    '/proc/net/if_inet6': '00000000000000000000000000000001 01 80 10 80       lo\n',
    '/proc/net/dev': 'lo: 1 2 3 4 0 0 0 0 9 10 11 12 0 0 0 0\n',
  })
  const four = [
    { interface: 'eth0', address: '192.0.2.2', prefix: 24 },
    { interface: 'eth0:1', address: '192.0.2.3', prefix: 24 },
  ]
  const interfaces = await interfacesOf(files, () => four, false, 100)
  expect(interfaces.map(({ name }) => name)).toEqual(['lo', 'eth0', 'tun0'])
  expect(interfaces[0]).toMatchObject({
    addresses: [{ type: 'ipv6', address: '::1', prefix: 128 }],
    statistics: { receivedBytes: 1, sentBytes: 9 },
  })
  expect(interfaces[1]?.addresses.map(({ address }) => address)).toEqual(['192.0.2.2', '192.0.2.3'])
  expect(interfaces[2]).toEqual({ name: 'tun0', addresses: [] })
})

test('an address of an interface without a carrier is found by its network', async () => {
  const leaf = (address: string, what: string): string => `           |-- ${address}\n              ${what}\n`
  const route = (name: string, network: string, gateway: string, mask: string): string =>
    `${name}\t${network}\t${gateway}\t0001\t0\t0\t0\t${mask}\t0\t0\t0\n`
  const files = new MemoryMachineFiles({
    '/sys/class/net/eth0/ifindex': '2\n',
    '/sys/class/net/docker0/ifindex': '3\n',
    '/proc/net/route': [
      route('eth0', '00000000', '010200C0', '00000000'),
      route('eth0', '000200C0', '00000000', '00FFFFFF'),
      route('docker0', '000011AC', '00000000', '0000FFFF'),
      route('eth0', '000000AC', '00000000', '000000FF'),
      // Through somebody else, so it is not our own network.
      route('eth0', '0000000A', '010200C0', '000000FF'),
    ].join(''),
    '/proc/net/fib_trie': `Main:
${leaf('172.17.0.0', '/16 link UNICAST')}${leaf('172.17.0.1', '/32 host LOCAL')}${leaf('192.0.2.2', '/32 host LOCAL')}
Local:
${leaf('172.17.0.1', '/32 host LOCAL')}${leaf('172.17.255.255', '/32 link BROADCAST')}
${leaf('10.9.9.9', '/32 host LOCAL')}`,
  })
  const four = [{ interface: 'eth0', address: '192.0.2.2', prefix: 24 }]
  const interfaces = await interfacesOf(files, () => four, false, 100)
  expect(interfaces.map(({ name, addresses }) => [name, addresses])).toEqual([
    ['eth0', [{ type: 'ipv4', address: '192.0.2.2', prefix: 24 }]],
    ['docker0', [{ type: 'ipv4', address: '172.17.0.1', prefix: 16 }]],
  ])
})

test('a system without networks has no routes', async () => {
  expect(await routesOf(new MemoryMachineFiles({}), false, 10)).toEqual([])
})

test('what the system is called, by either file', async () => {
  const kernel = { '/proc/sys/kernel/osrelease': '6.1.0\n', '/proc/sys/kernel/version': '#1 SMP\n' }
  const files = new MemoryMachineFiles({ ...kernel, '/usr/lib/os-release': 'ID=x\nVARIANT_ID="server"\nNAME=\n' })
  expect(await osInfoOf(files, 'x86_64')).toEqual({
    machine: 'x86_64',
    kernelRelease: '6.1.0',
    kernelVersion: '#1 SMP',
    id: 'x',
    variantId: 'server',
  })
  expect(await osInfoOf(new MemoryMachineFiles({}), 'x86_64')).toEqual({ machine: 'x86_64' })
})

test('users by the sessions of systemd, where there are no records of logins', async () => {
  const session = (user: string, realtime: string, type = 'user'): string =>
    `# private\nUID=1\nUSER=${user}\nCLASS=${type}\nREALTIME=${realtime}\n`
  const files = new MemoryMachineFiles({
    '/run/systemd/sessions/1': session('ann', '20500000'),
    '/run/systemd/sessions/2': session('ann', '10500000'),
    '/run/systemd/sessions/3': session('gdm', '1', 'greeter'),
    '/run/systemd/sessions/4': session('bob', 'soon'),
    '/run/systemd/sessions/1.ref': session('pipe', '1'),
  })
  const layout = { isWide: false, isBigEndian: false }
  expect(await usersOf(files, layout, 10)).toEqual([{ user: 'ann', loginTimeSeconds: 10.5 }])
  expect(await usersOf(new MemoryMachineFiles({ '/run/utmp': '' }), layout, 10)).toEqual([])
})
