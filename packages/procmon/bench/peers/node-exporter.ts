import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import type { Timing } from '@flotilla/core/testing'
import { firstLineOf } from '../installed.ts'

const program = 'prometheus-node-exporter'
const millisecondsPerTick = 10

export function exporterName(): string {
  const line = firstLineOf(program, '--version')
  return line === undefined ? program : `node_exporter ${/version (\S+)/.exec(line)?.[1] ?? 'of unknown version'}`
}

/** How much of the processor one scrape costs the exporter, whoever asks; undefined where it is not installed. */
export async function scraping(scrapes: number): Promise<Timing | undefined> {
  if (firstLineOf(program, '--version') === undefined) return undefined
  const address = `127.0.0.1:${await freePort()}`
  const words = [`--web.listen-address=${address}`, '--collector.processes', '--log.level=error']
  const child = spawn(program, words, { stdio: 'ignore' })
  await once(child, 'spawn')
  const scrape = async (): Promise<string> => await (await fetch(`http://${address}/metrics`)).text()
  await until(scrape)
  for (let warm = 0; warm < 5; warm++) await scrape()
  return {
    async time() {
      const before = processorMs(child.pid ?? 0)
      for (let count = 0; count < scrapes; count++) await scrape()
      return (processorMs(child.pid ?? 0) - before) / scrapes
    },
    async stop() {
      const end = once(child, 'exit')
      child.kill()
      await end
    },
  }
}

function processorMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
    .replace(/^.*\) /, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) * millisecondsPerTick
}

async function until(scrape: () => Promise<string>): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await scrape()
      return
    } catch (error) {
      if (attempt === 100) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
