/** Rules of the accounts' format and of how they spread, which are the same for everybody. */
export const accountLimits = {
  /** Users at once, and API tokens that are good at once. */
  usersMax: 1_000,
  tokensMax: 1_000,
  /** Names that users have ever had, and tokens that are not over yet, those that were removed among them. */
  userNamesMax: 2_048,
  tokenIdsMax: 2_048,
  /** What is kept of all that: two copies of an authority may each have made as many as they may. */
  entriesMax: 8_192,
  nameLengthMax: 63,
  /** Of what is kept in place of a password. */
  passwordBytesMax: 256,
  /** The longest signed entry. */
  entryBytesMax: 640,
  /** How long an API token may be good: 400 days. */
  tokenMsMax: 34_560_000_000,
  /** Entries in one answer, and the answers that one book is fetched in. */
  pageEntriesMax: 512,
  pagesMax: 64,
  /** Books that are fetched at once. */
  pullsMax: 4,
  /** Heartbeats after which even somebody is asked who seems to have heard less than we. */
  patienceBeats: 10,
  /** Requests of one peer over the channel: a burst, and then one more each so often. */
  requestsPerPeerBurst: 64,
  requestsPerPeerEveryMs: 1_000,
} as const
