import { describe, expect, test } from 'vitest'
import { QgaRefusal } from '../../../qga/contract.ts'
import { keysIn, withKeys, withoutKeys } from './authorized-keys.ts'
import { pciFolderOf, placeOfDisk } from './disk-place.ts'
import { parseFileMode } from './file-mode.ts'
import { earliestLogins, parseLoginRecords } from './login-records.ts'
import { onDisks, parseMounts } from './mounts.ts'
import { parsePasswordEntry, parseTrimmed, parseZone } from './said.ts'

const unknown = { domain: -1, bus: -1, slot: -1, function: -1 }
const at = (bus: number, slot: number): object => ({ domain: 0, bus, slot, function: 0 })
const pci = '/sys/devices/pci0000:00'

describe('where a disk hangs', () => {
  test.each([
    [`${pci}/0000:00:02.0/virtio1/block/vda`, { busType: 'virtio', pci: at(0, 2), bus: 0, target: 0, unit: 0 }],
    [`${pci}/0000:00:02.0/virtio1/block/vda/vda1`, { busType: 'virtio', pci: at(0, 2) }],
    [
      `${pci}/0000:00:05.0/virtio2/host2/target2:0:1/2:0:1:3/block/sda`,
      { busType: 'scsi', pci: at(0, 5), bus: 0, target: 1, unit: 3 },
    ],
    [`${pci}/0000:00:01.1/0000:01:00.0/nvme/nvme0/nvme0n1`, { busType: 'nvme', pci: at(1, 0) }],
    [
      `${pci}/0000:00:04.0/usb1/1-1/1-1:1.0/host3/target3:0:0/3:0:0:0/block/sdb`,
      { busType: 'usb', pci: at(0, 4), bus: 0, target: 0, unit: 0 },
    ],
    ['/sys/devices/platform/a0.virtio_mmio/virtio0/block/vda', { busType: 'virtio', pci: unknown }],
    ['/sys/devices/platform/soc/mmc_host/mmc0/mmc0:0001/block/mmcblk0', { busType: 'mmc', pci: unknown }],
    ['/sys/devices/vbd-51712/block/xvda', { busType: 'xen', pci: unknown }],
    ['/sys/devices/virtual/block/loop0', { busType: 'unknown', pci: unknown, bus: 0, target: 0, unit: 0 }],
  ])('%s', (path, place) => {
    expect(placeOfDisk(path)).toMatchObject(place)
  })

  test('a port of SATA has one disk, a channel of IDE two', () => {
    const path = `${pci}/0000:00:1f.2/ata5/host4/target4:0:1/4:0:1:0/block/sda`
    expect(placeOfDisk(path, { ataPorts: [3, 4, 5], driver: 'ahci' })).toMatchObject({ busType: 'sata', unit: 2 })
    expect(placeOfDisk(path, { ataPorts: [3, 5], driver: 'ata_piix' })).toMatchObject({
      busType: 'ide',
      bus: 1,
      unit: 1,
    })
    expect(pciFolderOf(path)).toBe(`${pci}/0000:00:1f.2`)
  })
})

test('of the mounts those on disks, none that another one lies upon, in the order in which they came', () => {
  const text = [
    '22 27 0:21 / /proc rw,relatime - proc proc rw',
    '27 1 254:0 / / rw,relatime - ext4 /dev/vda rw',
    '30 27 254:1 / /data ro,relatime shared:1 master:2 - xfs /dev/vdb rw',
    '32 27 0:40 / /b\\040c\\134d rw - btrfs /dev/vdd rw',
    '31 27 254:2 / /data rw - ext4 /dev/vdc rw',
    '33 27 0:41 / /nfs rw - nfs4 server:/x rw',
    '34 27 0:42 / /smb rw - cifs //server/x rw',
    '35 27 0:43 / /fuse rw - fuse /dev/fuse rw',
    'broken',
  ].join('\n')
  const mount = { isReadOnly: false, type: 'ext4' }
  expect(onDisks(parseMounts(text))).toEqual([
    { ...mount, deviceNumber: '254:0', path: '/', device: '/dev/vda' },
    { ...mount, deviceNumber: '0:40', path: '/b c\\d', device: '/dev/vdd', type: 'btrfs' },
    { ...mount, deviceNumber: '254:2', path: '/data', device: '/dev/vdc' },
  ])
})

/** As the C library writes it. */
function loginRecord(isWide: boolean, isBigEndian: boolean, [type, user, seconds]: [number, string, number]): number[] {
  const bytes = new Uint8Array(isWide ? 400 : 384)
  const view = new DataView(bytes.buffer)
  view.setInt16(0, type, !isBigEndian)
  bytes.set(new TextEncoder().encode(user), 44)
  if (isWide) {
    view.setBigInt64(344, BigInt(seconds), !isBigEndian)
    view.setBigInt64(352, 500_000n, !isBigEndian)
  } else {
    view.setUint32(340, seconds, !isBigEndian)
    view.setUint32(344, 500_000, !isBigEndian)
  }
  return [...bytes]
}

test.each([
  [false, false],
  [true, false],
  [false, true],
])('logins, with times of 64 bits %j, the great end first %j', (isWide, isBigEndian) => {
  const name = 'a'.repeat(32)
  const records = [
    [2, 'reboot', 1],
    [7, 'ann', 4_000_000_000],
    [7, name, 20],
    [8, 'gone', 30],
    [7, 'ann', 10],
    [7, '', 10],
  ] satisfies [number, string, number][]
  const whole = [1, ...records.flatMap((record) => loginRecord(isWide, isBigEndian, record)), 7, 0, 1]
  const bytes = Uint8Array.from(whole).subarray(1)
  const parsed = parseLoginRecords(bytes, { isWide, isBigEndian })
  expect(parsed.map(({ user, loginTimeSeconds }) => [user, loginTimeSeconds])).toEqual([
    ['ann', 4_000_000_000.5],
    [name, 20.5],
    ['ann', 10.5],
  ])
  expect(earliestLogins(parsed)).toEqual([
    { user: 'ann', loginTimeSeconds: 10.5 },
    { user: name, loginTimeSeconds: 20.5 },
  ])
})

test('zones, ahead of UTC and behind it', () => {
  expect(parseZone('CET +0100\n')).toEqual({ zone: 'CET', offsetSeconds: 3_600 })
  expect(parseZone('-03 -0330')).toEqual({ zone: '-03', offsetSeconds: -12_600 })
  expect(parseZone('UTC -0000')).toEqual({ zone: 'UTC', offsetSeconds: 0 })
  expect(parseZone('noon')).toBeUndefined()
})

test('what fstrim says, of util-linux and of busybox', () => {
  expect(parseTrimmed('/: 1.2 GiB (1288490188 bytes) trimmed\n')).toBe(1_288_490_188)
  expect(parseTrimmed('/: 4096 bytes trimmed\n')).toBe(4_096)
  expect(parseTrimmed('/: 4096 bytes were trimmed\n')).toBe(4_096)
  expect(parseTrimmed('nothing')).toBeUndefined()
})

test('a user of /etc/passwd', () => {
  const text = 'root:x:0:0:root:/root:/bin/sh\nann:x:1000:1001::/home/ann:\nbad:x:-1:0::/:\nnone:x:5:5::relative:\n'
  expect(parsePasswordEntry(text, 'ann')).toEqual({ user: 'ann', uid: 1_000, gid: 1_001, home: '/home/ann' })
  for (const nobody of ['an', 'bad', 'none', 'x']) expect(parsePasswordEntry(text, nobody)).toBeUndefined()
})

test('modes of files', () => {
  const letters = (word: string): string | undefined => {
    const mode = parseFileMode(word)
    return (
      mode &&
      Object.entries(mode)
        .flatMap(([name, isSo]) => (isSo ? name[0] : []))
        .join('')
    )
  }
  const told = ['r', 'rb', 'w', 'a', 'r+', 'rb+', 'r+b', 'w+', 'a+b'].map(letters)
  expect(told.join(' ')).toBe('r r wct wca rw rw rw rwct rwca')
  for (const wrong of ['', 'x', 'rw', 'r++', 'rbb', 'r+b+', 'br']) expect(parseFileMode(wrong)).toBeUndefined()
})

describe('keys', () => {
  const [one, other] = ['ssh-ed25519 AAAA ann@home', 'from="10.0.0.1" ssh-rsa BBBB']

  test('are the lines that are no comments', () => {
    expect(keysIn(`# mine\n\n${one}\r\n  ${other}  \n`)).toEqual([one, other])
  })

  test('are added once, and comments stay; with a reset they are all there is', () => {
    const text = `# mine\n${one}\n\n`
    expect(withKeys(text, [one, other, other, ''], false)).toBe(`# mine\n${one}\n${other}\n`)
    expect(withKeys(text, [other], true)).toBe(`${other}\n`)
    expect(withKeys('no newline', [one], false)).toBe(`no newline\n${one}\n`)
    expect(withKeys('', [], true)).toBe('')
  })

  test('are removed as whole lines', () => {
    expect(withoutKeys(`# mine\n${one}\n${other}\n`, [one, 'ssh-rsa'])).toBe(`# mine\n${other}\n`)
  })

  test.each([`${one}\nssh-rsa C`, '# comment', `${one}\u0000`, 'x'.repeat(20_000)])('%j is none', (key) => {
    expect(() => withKeys('', [key], false)).toThrow(QgaRefusal)
  })
})
