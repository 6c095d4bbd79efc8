/** A Raft engine. The overview comes here. */
export { parseGroupName } from './group-name.ts'
