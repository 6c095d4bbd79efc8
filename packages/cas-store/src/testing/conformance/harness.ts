import type { BlobStore } from '../../blobs.ts'

/** A store of blobs under test, empty at first. */
export interface BlobHarness extends AsyncDisposable {
  readonly store: BlobStore
  /** Closes it as its user would, and opens it again: whatever was acknowledged is there. */
  readonly reopen: () => Promise<BlobStore>
  /** Lets go of what nothing needs any more, as far as the store does not do so by itself. */
  readonly collect: () => Promise<void>
}

/** What a harness may be unable to do; cases that need it are left out. */
export type BlobHarnessAbility =
  /** `reopen`. */
  | 'reopen'
  /** A put of many MiB in a time that a test can take. */
  | 'large-blobs'

/** One case, as the files beside this one write it down. */
export interface BlobCase {
  readonly name: string
  readonly needs?: BlobHarnessAbility
  readonly run: (harness: BlobHarness) => Promise<void>
}
