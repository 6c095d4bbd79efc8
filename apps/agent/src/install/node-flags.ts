/**
 * How Node is started for the agent, which lives in small machines: young objects in a small space, one thread for V8's
 * work beside the main one, one compiler less; and nobody can open a debugger's port by a signal, which would also take
 * a thread.
 */
export const nodeFlags: readonly string[] = [
  '--max-semi-space-size=1',
  '--v8-pool-size=1',
  '--no-maglev',
  '--disable-sigusr1',
]

/** By which glibc gives all threads one arena, and not one each: that saves 2 MB. Other libraries do not know it. */
export const nodeEnvironment = 'MALLOC_ARENA_MAX=1'
