import type { CommandRun } from '../contract.ts'

export type ServiceAct = 'start' | 'stop' | 'restart' | 'enable' | 'disable'

export interface ServiceState {
  readonly name: string
  readonly description: string
  readonly state: 'running' | 'stopped' | 'failed' | 'changing' | 'unknown'
  /** Whether it begins with the machine. */
  readonly isEnabled?: boolean
}

/** The services of the guest: systemd, OpenRC, or those of Windows. */
export interface ServiceManager {
  list(signal: AbortSignal): Promise<readonly ServiceState[]>
  /** Rejects with `not-found`, `not-permitted` or `failed`, with what the system says. Resolves when it is done. */
  act(name: string, act: ServiceAct, signal: AbortSignal): Promise<void>
}

export interface PackageState {
  readonly name: string
  /** Empty where only its name is known. */
  readonly version: string
  readonly isInstalled: boolean
  readonly newerVersion?: string
}

export type PackageAct = 'install' | 'remove' | 'update'

/** The packages of the guest: apt, dnf, apk, pacman, winget or choco. */
export interface PackageManager {
  readonly name: string
  /** Those that are installed. */
  list(signal: AbortSignal): Promise<readonly PackageState[]>
  search(text: string, signal: AbortSignal): Promise<readonly PackageState[]>
  /** What the system says meanwhile goes to `run.progress`. Without names, `update` brings everything up to date. */
  act(names: readonly string[], act: PackageAct, run: CommandRun): Promise<void>
}

export interface FileFacts {
  readonly name: string
  readonly type: 'file' | 'folder' | 'link' | 'other'
  readonly bytes: number
  readonly changedAtMs: number
}

/** Files in the folders that the guest's configuration allows, and none that a link leads out to. */
export interface FileShelf {
  readonly isWritable: boolean
  /** Rejects with `not-found`, `not-permitted` (outside of every folder), `too-large` or `failed`. */
  read(path: string, range: { readonly position: number; readonly bytesMax: number }): Promise<FilePiece>
  /** Wholly or not at all; durable. */
  write(path: string, bytes: Uint8Array, options: { readonly replaces: boolean }): Promise<void>
  /** For one that comes in pieces: nobody sees any of it before it is committed. */
  begin(path: string, options: { readonly replaces: boolean }): Promise<FileUpload>
  list(path: string, filesMax: number): Promise<{ readonly files: readonly FileFacts[]; readonly isCut: boolean }>
}

export interface FilePiece {
  readonly bytes: Uint8Array
  /** Of the whole file. */
  readonly fileBytes: number
}

/** A file on its way. Disposing of it before it was committed leaves nothing of it. */
export interface FileUpload extends AsyncDisposable {
  append(bytes: Uint8Array): Promise<void>
  /** Durable; once. */
  commit(): Promise<void>
}
