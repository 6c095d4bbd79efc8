import { execFile } from 'node:child_process'
import { chmod, copyFile, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { inject } from 'postject'
import { nodeFlags } from '../src/install/node-flags.ts'

const execute = promisify(execFile)

/** By which Node finds that it carries a program; from its manual on single executables. */
const fuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'

/**
 * Makes one file that runs on its own: this very Node with the script in it, and with what V8 has made of the script,
 * so that it starts sooner. `file` is there as a whole or not at all.
 */
export async function makeExecutable(script: string, file: string): Promise<void> {
  const folder = await mkdtemp(`${file}-partial-`)
  try {
    const [main, output] = [join(folder, 'agent.js'), join(folder, 'blob')]
    await writeFile(main, script)
    const settings = { main, output, disableExperimentalSEAWarning: true, useCodeCache: true, execArgv: nodeFlags }
    await writeFile(join(folder, 'settings.json'), JSON.stringify(settings))
    // With the same flags: V8 throws away what it has made of a script under other ones.
    await execute(process.execPath, [...nodeFlags, '--experimental-sea-config', join(folder, 'settings.json')])
    const program = join(folder, 'program')
    await copyFile(process.execPath, program)
    await chmod(program, 0o755)
    const isMac = process.platform === 'darwin'
    // A signature would not fit any more; the system wants one, any one.
    if (isMac) await execute('codesign', ['--remove-signature', program])
    const segment = isMac ? { machoSegmentName: 'NODE_SEA' } : {}
    await inject(program, 'NODE_SEA_BLOB', await readFile(output), { sentinelFuse: fuse, ...segment })
    if (isMac) await execute('codesign', ['--sign', '-', program])
    await rename(program, file)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
