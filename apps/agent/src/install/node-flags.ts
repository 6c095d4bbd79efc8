/**
 * How Node is started for the agent, which lives in small machines. Young objects get a small space, and V8's work one
 * thread beside the main one. The optimising compilers never run: what they would make quicker the agent hardly does,
 * and one busy minute with them takes 6 MB for good. Nobody can open a debugger's port by a signal, for which a thread
 * would wait.
 */
export const nodeFlags: readonly string[] = [
  '--max-semi-space-size=1',
  '--v8-pool-size=1',
  '--no-maglev',
  '--no-opt',
  '--disable-sigusr1',
]

/** By which glibc gives all threads one arena, and not one each: that saves 2 MB. Other libraries do not know it. */
export const nodeEnvironment = 'MALLOC_ARENA_MAX=1'
