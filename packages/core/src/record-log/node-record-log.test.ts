import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { diskPath } from '../disk/index.ts'
import { nodeDisk } from '../disk/node.ts'
import { nodeEntropy } from '../random/node.ts'
import { Prng } from '../random/index.ts'
import { openRecordLog } from './index.ts'

const seed = 20_240_601
const rounds = 6
const path = diskPath('wal/log')

test('a process that is killed at any moment loses nothing that it acknowledged', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'flotilla-log-'))
  const prng = new Prng(seed)
  try {
    let acknowledged = 0
    for (let round = 0; round < rounds; round++) {
      acknowledged = Math.max(acknowledged, await appendUntilKilled(folder, prng.between(1, 60)))
      await using disk = await nodeDisk({ folder })
      await using log = await openRecordLog({ disk, path, entropy: nodeEntropy() })
      expect(log.recovered.records, `seed ${seed}, round ${round}`).toBeGreaterThanOrEqual(acknowledged)
      let number = 0
      for await (const { bytes } of log.records()) {
        expect(Buffer.compare(bytes, record(number))).toBe(0)
        number++
      }
      expect(number).toBe(log.recovered.records)
    }
    expect(acknowledged).toBeGreaterThan(0)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

function record(number: number): Uint8Array {
  return new Uint8Array(16 + ((number * 37) % 3_000)).fill(number % 251)
}

/**
 * Lets a process append and sync; kills it after so many lines. Returns how many records it had acknowledged by then.
 */
async function appendUntilKilled(folder: string, lines: number): Promise<number> {
  const modules = ['../disk/index.ts', '../disk/node.ts', '../random/node.ts', './index.ts']
  const imports = modules.map((module) => `...await import(${JSON.stringify(new URL(module, import.meta.url).href)})`)
  const script = `
    const { diskPath, nodeDisk, nodeEntropy, openRecordLog } = { ${imports.join(', ')} }
    const record = ${record.toString()}
    const disk = await nodeDisk({ folder: ${JSON.stringify(folder)} })
    const log = await openRecordLog({ disk, path: diskPath(${JSON.stringify(path)}), entropy: nodeEntropy() })
    let appended = log.recovered.records
    const worker = async () => {
      for (;;) {
        log.append([record(appended++), record(appended++)])
        const covered = appended
        await log.sync()
        console.log(covered)
      }
    }
    await Promise.all([worker(), worker(), worker()])
  `
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = new Promise((resolve) => child.once('exit', resolve))
  let acknowledged = 0
  let seen = 0
  // What it said before it died counts, also what is read only afterwards.
  for await (const line of createInterface(child.stdout)) {
    acknowledged = Math.max(acknowledged, Number(line))
    if (++seen === lines) child.kill('SIGKILL')
  }
  await exited
  return acknowledged
}
