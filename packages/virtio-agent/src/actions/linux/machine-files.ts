/**
 * The files in which Linux says what the machine is, by absolute paths as `/proc/stat`. What is not there, or may not
 * be read, is undefined or empty: then there is nothing to say about it.
 */
export interface MachineFiles {
  text(path: string): Promise<string | undefined>
  bytes(path: string): Promise<Uint8Array | undefined>
  /** What is in a folder, in no order. */
  names(folder: string): Promise<readonly string[]>
  /** The path with every link in it followed. */
  real(path: string): Promise<string | undefined>
  /** Into a file that is there; rejects with what the system says. */
  write(path: string, text: string): Promise<void>
}

/** The number that is all there is in a file. */
export async function numberIn(files: MachineFiles, path: string): Promise<number | undefined> {
  const text = (await files.text(path))?.trim()
  return text !== undefined && /^-?\d{1,15}$/.test(text) ? Number(text) : undefined
}

/** Entries that are a word and a number, as `cpu3`, by their numbers. */
export async function numberedIn(files: MachineFiles, folder: string, word: string): Promise<readonly number[]> {
  const form = new RegExp(`^${word}(\\d{1,9})$`)
  const numbers = (await files.names(folder)).map((name) => form.exec(name)?.[1])
  return numbers
    .filter((digits) => digits !== undefined)
    .map(Number)
    .toSorted((one, other) => one - other)
}
