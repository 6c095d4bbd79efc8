import { execFile } from 'node:child_process'

export interface Ended {
  /** 0 when it ended well; undefined when it could not be started or was stopped. */
  readonly status: number | undefined
  readonly stdout: string
  readonly stderr: string
  /** There is no such program on the PATH. */
  readonly isMissing: boolean
}

/** Runs a program of ours or of the toolchain to its end; every outcome is a value. */
export function run(
  program: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly timeoutMs: number },
): Promise<Ended> {
  const { cwd, timeoutMs } = options
  // What steers this Node must not steer the one that stands for somebody else's.
  const { NODE_OPTIONS: _options, NODE_PATH: _path, ...env } = process.env
  return new Promise((resolve) => {
    execFile(program, args, { cwd, timeout: timeoutMs, env, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : error.code
      resolve({ status: typeof code === 'number' ? code : undefined, stdout, stderr, isMissing: code === 'ENOENT' })
    })
  })
}
