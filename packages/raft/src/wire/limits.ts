/** Limits of the wire that no setting changes: another number would be another format, or make no difference. */
export const wireLimits = {
  /** The longest name of a node or a group. */
  nameCharsMax: 255,
  /** What an error may say, or its code, or its hint. */
  textCharsMax: 4_096,
  textBytesMax: 16_384,
  /** Members of one configuration, in each of its lists. */
  membersMax: 4_096,
  /** The id of a snapshot. */
  snapshotIdBytesMax: 256,
  /** As the replica wants it. */
  sessionKeyBytesMin: 8,
  sessionKeyBytesMax: 64,
  writerBytesMin: 65_536,
  writerBytesKeptMax: 4_194_304,
  /** The topic of a publication. */
  topicBytesMax: 4_096,
} as const
