/** The machine that this process runs on, for Node. */
export { openMachineSource, type MachineSourceOptions } from './node-machine-source.ts'
