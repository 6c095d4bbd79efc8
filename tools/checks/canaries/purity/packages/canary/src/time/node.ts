// Nothing here is a finding: it names the adapter for those outside.
export { now } from '../node-clock.ts'
