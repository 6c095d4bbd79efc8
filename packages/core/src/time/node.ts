/** The real clock, for Node. */
export { nodeClock } from './node-clock.ts'
