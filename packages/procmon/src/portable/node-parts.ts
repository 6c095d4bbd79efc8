import { cpus, loadavg, uptime } from 'node:os'
import type { PortableParts } from './parts.ts'

/** Of this machine. The library is loaded here and not before: it takes memory that Linux need not pay for. */
export async function nodeParts(): Promise<PortableParts> {
  const { default: information } = await import('systeminformation')
  return {
    platform: process.platform,
    uptimeSeconds: uptime,
    loadAverage: loadavg,
    cores: cpus,
    memory: () => information.mem(),
    diskOperations: () => information.disksIO(),
    diskBytes: () => information.fsStats(),
    fileSystems: () => information.fsSize(),
    networks: () => information.networkStats('*'),
    temperature: () => information.cpuTemperature(),
    battery: () => information.battery(),
    processes: async () => {
      const { list } = await information.processes()
      return list.map((one) => ({ ...one, startedAtMs: startOf(one.started) }))
    },
  }
}

/** It is written as the machine's own calendar has it: `2026-11-21 20:09:52`. */
function startOf(started: string): number {
  const parsed = Date.parse(started.replace(' ', 'T'))
  return Number.isNaN(parsed) || parsed < 0 ? 0 : parsed
}
