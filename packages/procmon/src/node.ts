/**
 * The machine that this process runs on, for Node.
 *
 * ```ts
 * await using source = await openMachineSource()
 * const { processor, memory, problems } = await source.system()
 * const { processes } = await source.processes({ detail: 'all' })
 * ```
 *
 * On Linux everything is read straight from `/proc` and `/sys`, and no other program is started, but for the space of
 * network file systems; elsewhere `systeminformation` is asked, each part on its own and with a deadline.
 */
export { linuxSourceDefaults, type LinuxSourceLimits } from './linux/limits.ts'
export { openMachineSource, openProcessControl, type MachineSourceOptions } from './node-machine-source.ts'
export { portableSourceDefaults, type PortableSourceLimits } from './portable/limits.ts'
export { loadCollector } from './plugins/node-load-collector.ts'
