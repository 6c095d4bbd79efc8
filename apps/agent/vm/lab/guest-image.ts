import { createHash } from 'node:crypto'
import { execFileSync } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, statSync, writeSync } from 'node:fs'
import { copyFile, open } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { cacheFolder } from './cache-folder.ts'
import { cpioParts, type CpioEntry } from './cpio.ts'
import { guestScripts, kernelModules } from './guest-scripts.ts'
import type { GuestKernel } from './kernel-package.ts'

const folders = ['bin', 'sbin', 'usr', 'usr/bin', 'usr/sbin', 'etc', 'proc', 'sys', 'dev', 'tmp', 'run', 'root', 'lab']

const moduleFolders: Readonly<Record<(typeof kernelModules)[number], string>> = {
  virtio_ring: 'drivers/virtio',
  virtio: 'drivers/virtio',
  virtio_pci_modern_dev: 'drivers/virtio',
  virtio_pci_legacy_dev: 'drivers/virtio',
  virtio_pci: 'drivers/virtio',
  virtio_console: 'drivers/char',
}

/** A program of this machine that the guest gets too, with the libraries that it needs. */
interface GuestProgram {
  readonly source: string
  /** In the guest, without the slash in front. */
  readonly path: string
}

export interface GuestImageOptions {
  readonly kernel: GuestKernel
  readonly programs: readonly GuestProgram[]
  /** What the guest has besides: content by path. */
  readonly files: Readonly<Record<string, Uint8Array>>
  /** More of the kernel's modules, as `fs/ext4/ext4`, in the order in which they are loaded. */
  readonly modules?: readonly string[]
  /** Lines of shell that init runs before anything else, once the modules are loaded. */
  readonly start?: string
  /** What init starts, and starts again. */
  readonly agent: string
}

/**
 * Writes an initramfs. What seldom changes (busybox, modules, programs: far over 100 MB) is kept in the cache; it is
 * not compressed, because unpacking under emulation costs more than reading.
 */
export async function writeGuestImage(path: string, options: GuestImageOptions): Promise<void> {
  await copyFile(baseArchive(options), path)
  const file = await open(path, 'a')
  try {
    for (const part of cpioParts(changingEntries(options))) await file.appendFile(part)
  } finally {
    await file.close()
  }
}

function baseArchive({ kernel, programs }: GuestImageOptions): string {
  const sources = ['/bin/busybox', kernel.image, ...programs.map(({ source }) => source)]
  const identity = sources.map((source) => [source, statSync(source).size, statSync(source).mtimeMs])
  const hash = createHash('sha256').update(JSON.stringify([identity, programs, folders]))
  const path = join(cacheFolder, `base-${hash.digest('hex').slice(0, 16)}.cpio`)
  if (existsSync(path)) return path
  mkdirSync(cacheFolder, { recursive: true })
  const partial = `${path}.${process.pid}`
  const file = openSync(partial, 'w')
  for (const part of cpioParts(baseEntries(kernel, programs))) writeSync(file, part)
  closeSync(file)
  renameSync(partial, path)
  return path
}

function* baseEntries(kernel: GuestKernel, programs: readonly GuestProgram[]): Iterable<CpioEntry> {
  const known = new Set<string>()
  for (const folder of folders) yield* folderEntries(folder, known)
  yield { type: 'device', path: 'dev/console', mode: 0o600, major: 5, minor: 1 }
  yield { type: 'device', path: 'dev/null', mode: 0o666, major: 1, minor: 3 }
  yield fileEntry('bin/busybox', '/bin/busybox')
  for (const applet of execFileSync('/bin/busybox', ['--list-full'], { encoding: 'utf8' }).split('\n')) {
    if (applet === '' || applet === 'bin/busybox' || applet === 'init' || known.has(applet)) continue
    yield* folderEntries(dirname(applet), known)
    yield { type: 'link', path: applet, target: '/bin/busybox' }
  }
  yield* folderEntries('lib/modules', known)
  for (const name of kernelModules) yield moduleEntry(kernel, `${moduleFolders[name]}/${name}`)
  const libraries = new Set<string>()
  for (const { source, path } of programs) {
    yield* folderEntries(dirname(path), known)
    yield fileEntry(path, source)
    for (const library of librariesOf(source)) libraries.add(library)
  }
  for (const library of libraries) {
    yield* folderEntries(dirname(library.slice(1)), known)
    yield fileEntry(library.slice(1), library)
  }
}

function* changingEntries({ kernel, files, agent, modules = [], start = '' }: GuestImageOptions): Iterable<CpioEntry> {
  const known = new Set(folders)
  yield* folderEntries('lib/modules', known)
  // What has no file is built in.
  const loaded = modules.filter((module) => ['ko', 'ko.xz'].some((end) => existsSync(modulePath(kernel, module, end))))
  for (const module of loaded) yield moduleEntry(kernel, module)
  const texts = guestScripts({ agent, modules: loaded.map((module) => basename(module)), start })
  const scripts = Object.entries(texts).map(([path, text]) => [path, Buffer.from(text)] as const)
  for (const [path, content] of [...scripts, ...Object.entries(files)]) {
    yield* folderEntries(dirname(path), known)
    yield { type: 'file', path, mode: path === 'etc/shadow' ? 0o600 : 0o755, content: () => content }
  }
}

function* folderEntries(path: string, known: Set<string>): Iterable<CpioEntry> {
  if (path === '.' || known.has(path)) return
  yield* folderEntries(dirname(path), known)
  known.add(path)
  yield { type: 'folder', path, mode: path === 'tmp' ? 0o1777 : 0o755 }
}

function fileEntry(path: string, source: string): CpioEntry {
  return { type: 'file', path, mode: 0o755, content: () => readFileSync(source) }
}

/** Newer Debians compress the modules; busybox cannot load those. */
function moduleEntry(kernel: GuestKernel, module: string): CpioEntry {
  const source = modulePath(kernel, module, 'ko')
  const unpack = (): Uint8Array => {
    return execFileSync('xz', ['-dc', modulePath(kernel, module, 'ko.xz')], { maxBuffer: 2 ** 26 })
  }
  const content = (): Uint8Array => (existsSync(source) ? readFileSync(source) : unpack())
  return { type: 'file', path: `lib/modules/${basename(module)}.ko`, mode: 0o644, content }
}

function modulePath(kernel: GuestKernel, module: string, end: string): string {
  return join(kernel.modules, `${module}.${end}`)
}

/** Absolute paths, the loader among them. */
function librariesOf(program: string): readonly string[] {
  const told = execFileSync('ldd', [program], { encoding: 'utf8' })
  return [...told.matchAll(/(?:=> )?(\/\S+) \(0x/g)].map(([, path]) => path ?? '')
}
