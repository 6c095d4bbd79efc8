/** A process full of guests, each behind a Unix socket of its own as QEMU would make it: `FOLDER COUNT`. */
import { join } from 'node:path'
import { Prng } from '@flotilla/core/random'
import { nodeEntropy } from '@flotilla/core/random/node'
import { nodeClock } from '@flotilla/core/time/node'
import type { SystemFigures } from '@flotilla/procmon'
import { serveOwn, type GuestCommands } from '../src/index.ts'
import { nodePacking, socketChannel } from '../src/node.ts'

const [, , folder = '', count = '0'] = process.argv
const clock = nodeClock()
const prng = new Prng(1)

const commands: GuestCommands = {
  supported: () => ['ping'],
  run: () => Promise.resolve({ type: 'done', value: null }),
  [Symbol.asyncDispose]: () => Promise.resolve(),
}

/** As much as a usual machine tells. */
function figuresOf(vm: number): SystemFigures {
  const usage = prng.below(1_000) / 1_000
  const rate = (): number => prng.below(1_000_000)
  return {
    wallMs: clock.wallNow(),
    bootId: `boot ${vm}`,
    uptimeMs: 5_000,
    processor: {
      usage,
      user: usage / 2,
      system: usage / 2,
      cores: Array.from({ length: 4 }, (_, core) => ({ core, usage })),
      load: [usage, usage, usage],
    },
    memory: { totalBytes: 8e9, usedBytes: rate() * 1e3, availableBytes: 4e9, swapTotalBytes: 0, swapUsedBytes: 0 },
    disks: ['vda', 'vdb'].map((name) => ({ name, readBytesPerSecond: rate(), writtenBytesPerSecond: rate() })),
    fileSystems: ['/', '/srv', '/boot'].map((mount) => ({
      mount,
      device: '/dev/vda1',
      type: 'ext4',
      isReadOnly: false,
      isHung: false,
      totalBytes: 1e11,
      usedBytes: 4e10,
      availableBytes: 6e10,
    })),
    networks: ['eth0', 'eth1'].map((name) => ({
      name,
      isUp: true,
      receivedBytesPerSecond: rate(),
      sentBytesPerSecond: rate(),
    })),
    problems: [],
  }
}

for (let vm = 0; vm < Number(count); vm++) {
  serveOwn({
    channel: socketChannel({ place: { path: join(folder, `vm${vm}.sock`) }, role: 'listen', clock, prng }),
    commands,
    figures: { collect: () => Promise.resolve({ system: figuresOf(vm) }) },
    clock,
    entropy: nodeEntropy(),
    guest: `vm${vm}`,
    agentVersion: '1',
    packing: nodePacking(),
  })
}
process.stdout.write('ready\n')
process.stdin.resume().on('end', () => process.exit())
