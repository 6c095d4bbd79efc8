/** Which processes, in which order, how many: applied where they are, and merged where several nodes answered. */
export { parseProcessFilter } from './filter-text.ts'
export { queryLimits } from './limits.ts'
export { processSortKeys, processStates, validateProcessQuery } from './query.ts'
export { mergeProcesses, selectProcesses } from './selection.ts'
export { processTree } from './tree.ts'
