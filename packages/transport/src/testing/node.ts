/**
 * For benches of what stands on the mesh: members and a client of a cluster, each a process. The processes serve the
 * orders of `meshOrders` and their own.
 */
export { meshOrders, type TestPlace } from './node-test-place.ts'
export { TestProcesses, type TestProcessesOptions } from './node-test-processes.ts'
