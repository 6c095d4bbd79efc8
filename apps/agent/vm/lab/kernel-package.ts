import { execFile } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cacheFolder } from './cache-folder.ts'

const execute = promisify(execFile)

/** Debian's own name for its newest kernel for clouds; it depends on the package with the kernel itself. */
const newestKernel = 'linux-image-cloud-amd64'
const downloadMsMax = 120_000
const unpackMsMax = 60_000

export interface GuestKernel {
  readonly image: string
  /** `/lib/modules/VERSION/kernel` as unpacked here. */
  readonly modules: string
}

/** Debian's cloud kernel, unpacked; downloaded on the first call. It says why not where it cannot be had. */
export async function guestKernel(): Promise<GuestKernel> {
  const folder = join(cacheFolder, 'kernel')
  if (!existsSync(folder)) await fetchKernel(folder)
  const version = readdirSync(join(folder, 'lib/modules'))[0] ?? ''
  return { image: join(folder, `boot/vmlinuz-${version}`), modules: join(folder, 'lib/modules', version, 'kernel') }
}

/** Only a whole one gets the name that others look for. */
async function fetchKernel(folder: string): Promise<void> {
  await mkdir(cacheFolder, { recursive: true })
  const partial = await mkdtemp(join(cacheFolder, 'kernel-partial-'))
  try {
    const name = await kernelPackageName()
    const patience = ['-o', 'Acquire::Retries=1', '-o', 'Acquire::http::Timeout=15']
    await execute('apt-get', [...patience, 'download', name], { cwd: partial, timeout: downloadMsMax })
    const archive = readdirSync(partial).find((file) => file.endsWith('.deb'))
    if (archive === undefined) throw new Error(`apt-get download ${name} left no package`)
    const unpacked = join(partial, 'unpacked')
    await execute('dpkg-deb', ['-x', join(partial, archive), unpacked], { timeout: unpackMsMax })
    // Another process may have been faster; then its kernel is as good.
    if (!existsSync(folder)) await rename(unpacked, folder)
  } finally {
    await rm(partial, { recursive: true, force: true })
  }
}

async function kernelPackageName(): Promise<string> {
  const { stdout } = await execute('apt-cache', ['depends', newestKernel], { timeout: downloadMsMax })
  const name = /Depends: (linux-image-\S+)/.exec(stdout)?.[1]
  if (name === undefined) throw new Error(`apt knows no ${newestKernel}; run apt-get update, or use Debian`)
  return name
}
