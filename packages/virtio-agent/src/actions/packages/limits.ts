/** What packages may take. */
export const packageLimits = {
  askMsMax: 120_000,
  /** To bring the index up to date, and to download. */
  fetchMsMax: 3_600_000,
  /** To unpack and set up, which nobody may end in its middle but this. */
  applyMsMax: 7_200_000,
  outputBytesMax: 16_777_216,
  /** Of which versions are looked up after a search. */
  searchedVersionsMax: 200,
} as const
