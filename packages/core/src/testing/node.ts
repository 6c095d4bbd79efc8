/**
 * For benches and tests that need a real machine. `startChild` is another process that does what it is asked to.
 * `makeLab` is machines with a network of their own each, made of network namespaces: for what a simulator cannot show.
 */
export { labAvailable, type LabAvailability } from './namespaces/node-availability.ts'
export { makeLab, type CutKind, type Lab, type LabProcess } from './namespaces/node-lab.ts'
export type { LabPlan } from './namespaces/node-lab-plan.ts'
export { systemTool } from './namespaces/node-system-tool.ts'
export type { Machine } from './namespaces/machine.ts'
export {
  serve,
  startChild,
  Tally,
  tallyOrders,
  type Child,
  type ChildOptions,
  type Orders,
} from './node-child-process.ts'
