import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseAuxiliaryVector } from './auxiliary-vector.ts'
import { parseControlGroupPaths, parseGroupLimit, parseProcessorLimit } from './control-group.ts'
import { parseDiskStats } from './disk-stats.ts'
import { parseLoadAverage, parseUptime } from './load-average.ts'
import { parseMemoryInfo } from './memory-info.ts'
import { parseMountInfo } from './mount-info.ts'
import { parseNamedNumbers, parseWholeNumber } from './named-numbers.ts'
import { parseNetworkDevices } from './network-devices.ts'
import { parsePressure } from './pressure.ts'
import { parseProcessorStat } from './processor-stat.ts'
import { parseSpace } from './space.ts'
import { parseUserNames } from './user-names.ts'

describe('/proc/stat', () => {
  const text =
    'cpu  4696448 360044 867032 3119051 20003 7 25557 8878 5 0\n' +
    'cpu0 2321772 176410 423820 1606517 7283 7 8782 4459 5 0\n' +
    'cpu2 2374675 183633 443212 1512533 12720 0 16775 4418 0 0\n' +
    `intr 78491058 0 9${' 0'.repeat(4_000)}\n` +
    'ctxt 260644649\nbtime 1795245382\nprocesses 1395600\nprocs_running 9\nprocs_blocked 1\nsoftirq 1 2 3\n'

  test('has all times in milliseconds, each core by its own number, and the counts', () => {
    const processor = parseProcessorStat(text, 100)
    expect(processor).toMatchObject({
      total: { userMs: 46_964_480, interruptMs: 255_640, stealMs: 88_780 },
      contextSwitches: 260_644_649,
      interrupts: 78_491_058,
      processesStarted: 1_395_600,
      running: 9,
      blocked: 1,
    })
    expect(processor?.cores.map(({ core }) => core)).toEqual([0, 2])
    expect(processor?.cores[1]?.times).toEqual({
      userMs: 23_746_750,
      niceMs: 1_836_330,
      systemMs: 4_432_120,
      idleMs: 15_125_330,
      ioWaitMs: 127_200,
      interruptMs: 167_750,
      stealMs: 44_180,
    })
  })

  test('of a kernel that counts 250 ticks a second, and of one that knows four times', () => {
    expect(parseProcessorStat('cpu 250 0 0 500\n', 250)?.total).toMatchObject({
      userMs: 1_000,
      idleMs: 2_000,
      stealMs: 0,
    })
  })

  test.for(['', 'cpu0 1 2 3 4\n', 'cpu  1 2 3\n', 'cpu  a b c d\n', 'intr 5\n'])('is refused: %j', (wrong) => {
    expect(parseProcessorStat(wrong, 100)).toBeUndefined()
  })
})

describe('/proc/meminfo', () => {
  const text =
    'MemTotal:       24684096 kB\nMemFree:        18494424 kB\nMemAvailable:   23216456 kB\n' +
    'Buffers:           47900 kB\n' +
    'Cached:          4618000 kB\nSwapCached:            0 kB\nActive(anon):    812000 kB\n' +
    'SwapTotal:       2097148 kB\n' +
    'SwapFree:        1048576 kB\nSReclaimable:     480460 kB\nHugePages_Total:       0\n'

  test('has bytes, and what the kernel would give back counts as cache', () => {
    expect(parseMemoryInfo(text)).toEqual({
      totalBytes: 24_684_096 * 1_024,
      freeBytes: 18_494_424 * 1_024,
      availableBytes: 23_216_456 * 1_024,
      cachedBytes: (4_618_000 + 480_460) * 1_024,
      buffersBytes: 47_900 * 1_024,
      swapTotalBytes: 2_097_148 * 1_024,
      swapFreeBytes: 1_048_576 * 1_024,
    })
  })

  test('of a kernel that does not say what is available', () => {
    const old = text.replace(/MemAvailable.*\n/, '')
    expect(parseMemoryInfo(old)?.availableBytes).toBe((18_494_424 + 47_900 + 4_618_000 + 480_460) * 1_024)
  })

  test.for(['', 'MemTotal: 5 kB\n', 'MemFree: 5 kB\n', 'MemTotal:\nMemFree:\n'])('is refused: %j', (wrong) => {
    expect(parseMemoryInfo(wrong)).toBeUndefined()
  })
})

describe('/proc/diskstats', () => {
  const line = (name: string): string =>
    `   8       0 ${name} 1032212 24 41990546 247 10309772 5824 889600503 86319 0 925188 145850 0 0 0 0 86071 59283\n`

  test('has disks and what is made of them, and neither partitions nor what is no disk', () => {
    const names = [
      'sda',
      'sda1',
      'vda',
      'vdb12',
      'nvme0n1',
      'nvme0n1p2',
      'mmcblk0',
      'mmcblk0p1',
      'mmcblk0boot0',
      'loop7',
    ]
    const more = ['ram3', 'zram0', 'fd0', 'dm-0', 'md127', 'sr0', 'cciss!c0d0', 'xvda', 'nbd0']
    const disks = parseDiskStats([...names, ...more].map(line).join(''))
    expect(disks.map(({ name }) => name)).toEqual([
      'sda',
      'vda',
      'nvme0n1',
      'mmcblk0',
      'dm-0',
      'md127',
      'sr0',
      'cciss/c0d0',
      'xvda',
      'nbd0',
    ])
    expect(disks[0]).toEqual({
      name: 'sda',
      reads: 1_032_212,
      writes: 10_309_772,
      readBytes: 41_990_546 * 512,
      writtenBytes: 889_600_503 * 512,
      busyMs: 925_188,
    })
  })

  test('passes over lines of another form, as those of old partitions', () => {
    expect(
      parseDiskStats(`\n   3    0   hdq 1 2 3 4\nnonsense\n   8  0 sdb 1 2 x 4 5 6 7 8 9 10 11\n${line('sdc')}`),
    ).toHaveLength(1)
  })
})

describe('/proc/net/dev', () => {
  const head =
    'Inter-|   Receive                                                |  Transmit\n' +
    ' face |bytes    packets errs drop fifo frame compressed multicast|' +
    'bytes    packets errs drop fifo colls carrier compressed\n'

  test('has each interface, also where no space follows its colon, and one with a colon in its name', () => {
    const devices = parseNetworkDevices(
      `${head}    lo: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n  eth0:21 22 23 24 0 0 0 0 29 30 31 32 0 0 0 0\n` +
        'eth0:1: 5 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n  bad: 1 2 3\n',
    )
    expect(devices.map(({ name }) => name)).toEqual(['lo', 'eth0', 'eth0:1'])
    expect(devices[1]).toEqual({
      name: 'eth0',
      receivedBytes: 21,
      receivedPackets: 22,
      receiveErrors: 23,
      receiveDrops: 24,
      sentBytes: 29,
      sentPackets: 30,
      sendErrors: 31,
      sendDrops: 32,
    })
  })
})

describe('/proc/self/mountinfo', () => {
  test('has optional fields or none, escaped paths, and read-only mounts and file systems', () => {
    const mounts = parseMountInfo(
      '22 1 8:1 / / rw,relatime shared:1 master:2 - ext4 /dev/sda1 rw,errors=remount-ro\n' +
        '23 22 0:40 / /mnt/a\\040b\\134c ro,relatime - nfs4 server:/export\\040x rw,vers=4.2\n' +
        '24 22 8:2 /sub /data rw - xfs /dev/sdb2 ro\n',
    )
    expect(mounts).toEqual([
      { mount: '/', device: '/dev/sda1', type: 'ext4', isReadOnly: false, deviceNumber: '8:1' },
      { mount: '/mnt/a b\\c', device: 'server:/export x', type: 'nfs4', isReadOnly: true, deviceNumber: '0:40' },
      { mount: '/data', device: '/dev/sdb2', type: 'xfs', isReadOnly: true, deviceNumber: '8:2' },
    ])
  })

  test('passes over lines of another form', () => {
    expect(
      parseMountInfo('\n22 1 8:1 / /\n22 1 x:1 / / rw - ext4 /dev/sda1 rw\n22 1 8:1 / rel rw - ext4 d rw\n'),
    ).toEqual([])
  })
})

test('/proc/loadavg and /proc/uptime', () => {
  expect(parseLoadAverage('1.51 1.92 12.31 4/171 14777\n')).toEqual([1.51, 1.92, 12.31])
  expect(parseUptime('45740.93 31190.51\n')).toBe(45_740_930)
  for (const wrong of ['', 'x', '1 2 3', '1.0 2.0']) expect(parseLoadAverage(wrong)).toBeUndefined()
  for (const wrong of ['', 'up', '-5.0 1']) expect(parseUptime(wrong)).toBeUndefined()
})

test('/proc/pressure', () => {
  const some = 'some avg10=5.44 avg60=15.75 avg300=20.39 total=19454905142\n'
  expect(parsePressure(`${some}full avg10=0.00 avg60=1.50 avg300=0.00 total=0\n`)).toEqual({
    some10s: 0.0544,
    some60s: 0.1575,
    full10s: 0,
    full60s: 0.015,
  })
  expect(parsePressure(some)).toEqual({ some10s: 0.0544, some60s: 0.1575 })
  for (const wrong of ['', 'full avg10=0.00 avg60=1.50 ', 'some avg10=x avg60=1.50 ']) {
    expect(parsePressure(wrong)).toBeUndefined()
  }
})

test('none of them throws, whatever the text', () => {
  const parsers: readonly ((text: string) => unknown)[] = [
    (text) => parseProcessorStat(text, 100),
    parseMemoryInfo,
    parseDiskStats,
    parseNetworkDevices,
    parseMountInfo,
    parseLoadAverage,
    parseUptime,
    parsePressure,
    parseControlGroupPaths,
    parseProcessorLimit,
    parseGroupLimit,
    parseNamedNumbers,
    parseWholeNumber,
    (text) => parseUserNames(text, 5),
    parseSpace,
    (text) => parseAuxiliaryVector(new TextEncoder().encode(text)),
  ]
  const pieces = [
    'cpu',
    'cpu0 ',
    'some avg10=',
    ' avg60=',
    'MemTotal:',
    ' - ',
    'eth0:',
    '8:1 ',
    '/',
    '\\040',
    '0::',
    ':',
  ]
  const word = fc.constantFrom(...pieces, ' ', '\n', '1', '18446744073709551615 ', '1.5', '-', 'max ', '😀')
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(word, { maxLength: 60 }).map((words) => words.join('')),
  )
  fc.assert(
    fc.property(text, (any) => {
      for (const parse of parsers) expect(() => parse(any)).not.toThrow()
    }),
    { numRuns: 500 },
  )
})
