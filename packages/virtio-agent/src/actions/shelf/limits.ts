/** What the shelf of files keeps to. */
export const shelfLimits = {
  foldersMax: 64,
  nameBytesMax: 255,
  /** Of one that is new; nobody but its owner reads it. One that is replaced keeps its own. */
  newFileMode: 0o600,
} as const
