/** Every bound of the page. */
export const pageLimitsDefaults = {
  /** The node says every second that it is there: so long without a word, and the connection counts as lost. */
  silenceMsMax: 4_000,
  /** How soon a lost connection is tried again, the first time and at most. */
  retryMsMin: 500,
  retryMsMax: 8_000,
  /** How long a page that nobody sees goes on listening. */
  unseenMsMax: 20_000,
  /** How long an answer may take. */
  answerMsMax: 15_000,
  /** Of one event that comes. */
  eventLengthMax: 16_777_216,
  /** Answers that are remembered though nobody watches them any more. */
  answersKeptMax: 48,
  /** Points of one line of a chart; the oldest go. */
  chartPointsMax: 720,
  /** Processes that are asked for. */
  processesShownMax: 100,
  /** Locks and names of blobs that are asked for. */
  rowsShownMax: 200,
  /** Records of the audit log that are asked for. */
  auditRecordsShownMax: 100,
  /** Letters of what a command printed that are shown; the oldest go. */
  consoleLettersMax: 200_000,
  /** Nodes whose names are written into the picture of the mesh; of more, only when one is pointed at. */
  namesInPictureMax: 24,
  /** Waits that are drawn; the table has all of them. */
  waitsDrawnMax: 40,
} as const
