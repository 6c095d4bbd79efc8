/** The suite that lives whole nodes on simulated machines. */
export const suite = 'raft'

/** Golden scripts of whole groups, in `testdata`. */
export const scripts = 'src/testing/script.test.ts'

/** Cores alone in a world of drawn events. */
export const cores = 'src/testing/core-world.test.ts'
