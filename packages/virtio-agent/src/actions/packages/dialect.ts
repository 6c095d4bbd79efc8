import type { FlotillaError } from '@flotilla/core/errors'
import type { ProgramAnswer } from '../../execution/program-answer.ts'
import type { PackageAct, PackageState } from '../ports.ts'

export interface ProgramCall {
  readonly path: string
  readonly arguments: readonly string[]
  /** In place of the usual one. */
  readonly environment?: readonly string[]
  readonly input?: Uint8Array
}

/**
 * - `ask`: changes nothing.
 * - `fetch`: downloads; can be ended at any time.
 * - `apply`: unpacks and sets up: to end it in its middle leaves packages half installed, so nobody does.
 */
export interface PackageStep extends ProgramCall {
  readonly phase: 'ask' | 'fetch' | 'apply'
}

export interface Question extends ProgramCall {
  /** Exit codes that are no failure, beside 0. */
  readonly fineCodes?: readonly number[]
}

/** One package manager: how it is asked, and what its answers mean. All of it is pure. */
export interface PackageDialect {
  readonly name: string
  readonly installed: { readonly ask: Question; read(text: string): readonly PackageState[] }
  /** Newer versions by name; where it fails there are none. */
  readonly newer: { readonly ask: Question; read(text: string): ReadonlyMap<string, string> }
  readonly search: {
    ask(words: readonly string[]): Question
    /** Of those with all the words, where the program looks for any of them. */
    read(text: string, words: readonly string[]): readonly PackageState[]
  }
  /** More about what a search has found. */
  readonly versions?: { ask(names: readonly string[]): Question; read(text: string): readonly PackageState[] }
  /** Throws `wrong-arguments` where it would take a name for something else than the name of one package. */
  check(name: string, act: PackageAct): void
  /** What is asked first, to know whether these are packages; undefined where the act itself says so well enough. */
  lookUp?(names: readonly string[], act: PackageAct): LookUp | undefined
  steps(names: readonly string[], act: PackageAct): readonly PackageStep[]
  /** Undefined where it is a failure like any other. */
  failure(answer: ProgramAnswer): FlotillaError | undefined
}

export interface LookUp {
  readonly ask: Question
  missing(text: string): readonly string[]
}
