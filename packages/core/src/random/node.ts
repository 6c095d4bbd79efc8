/** The operating system's random source, for Node. */
export { nodeEntropy } from './node-entropy.ts'
