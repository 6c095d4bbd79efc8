/** Real files, for Node. */
export { nodeDisk } from './node-disk.ts'
