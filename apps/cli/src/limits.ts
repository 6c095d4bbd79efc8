/** Every bound of the command line. */
export const cliLimitsDefaults = {
  /** In which a node must have answered. */
  answerMsMax: 5_000,
  /** In which a node must have joined a cluster, the inviter's answer included. */
  joinMsMax: 45_000,
  /** In which a node that is started for one command must be ready. */
  startMsMax: 20_000,
  /**
   * A node that holds a lock for somebody says so every second; one that is silent for so long may have lost it. With
   * `killGraceMs` it is less than what a lease has left after its last renewal, and the delay before the next grant.
   */
  holdSilenceMsMax: 5_000,
  /** How long a command may go on after its lock was lost, and it was told to end, before it is killed. */
  killGraceMs: 3_000,
  /** Of one event that a node sends; the answer of a virtual machine is the longest. */
  eventBytesMax: 8_912_896,
  /** How long something may take in a virtual machine that nobody gave a time for. */
  vmOrderSecondsUsual: 60,
  vmLongOrderSecondsUsual: 600,
  /** As long as a node allows. */
  vmOrderSecondsMax: 86_400,
  /** Of a file in a virtual machine, that is read or written in pieces. */
  vmPieceBytes: 262_144,
  /** What a program in a virtual machine is given to read, as much as its agent takes. */
  vmInputBytesMax: 524_288,
  /** How long `lock run` may be told to wait: 30 days. */
  lockTimeoutSecondsMax: 2_592_000,
  /** Locks that `lock ls` shows; it says so when there are more. */
  locksShownMax: 10_000,
  /** Names, or blobs, that `blob ls` shows; it says so when there are more. */
  blobsShownMax: 100_000,
  /** How much is read from a file, or fetched, at once. */
  blobPieceBytes: 1_048_576,
  /** A file that is fetched is made durable each so many bytes: fetching it goes on from the last of these places. */
  partialStepBytes: 16_777_216,
  /** How long nothing may come of content that is fetched before the node counts as gone. */
  contentSilenceMsMax: 120_000,
  /** How often a progress bar is drawn anew. */
  progressDrawnEveryMs: 100,
  /** Over how long the rate is measured that a progress bar shows. */
  progressRateMs: 5_000,
  /** Of the file that a cluster's authority is moved in. */
  authorityFileBytesMax: 6_291_456,
  /** Of a passphrase that is read from standard input. */
  passphraseBytesMax: 1_024,
  /** Of one answer; a longer one is no node's. */
  answerBytesMax: 8_912_896,
  /** In which the node program must have said what it knows of settings. */
  settingsMsMax: 20_000,
  /** Of the file with settings, as a node reads it. */
  settingsFileBytesMax: 65_536,
  /** Of a file with an API token in it. */
  tokenFileBytesMax: 4_096,
  /** Of the file that says where a node answers. */
  accessFileBytesMax: 4_096,
  /** Rows of history that are shown unless --limit says otherwise. */
  historyRowsUsual: 20,
  /** As many as a node gives in one answer. */
  historyRowsMax: 1_000,
  /** How much of a wrong word an error repeats. */
  shownLengthMax: 64,
  /** A larger database is not copied aside to be checked. */
  databaseBytesMax: 1_073_741_824,
  /** Copies of the database that are made before one that changed meanwhile, or looks damaged, is believed. */
  databaseCopiesMax: 3,
  /** Problems that SQLite lists before it stops looking. */
  databaseProblemsMax: 5,
  /** With less room than this a node may fail at any moment. */
  freeBytesMin: 67_108_864,
  /** With less room than this it is time to make some. */
  freeBytesLow: 1_073_741_824,
  /** How far ahead of this machine's clock the last row of the history may be. */
  clockAheadMsMax: 30_000,
  /** A certificate that ends sooner than this should have been renewed. */
  certificateEndsMs: 259_200_000,
  /** Clocks that are further apart than this are wrong, and than that too wrong for certificates. */
  clockApartMs: 2_000,
  clockApartMsMax: 60_000,
  /** Nodes, or machines, that one finding of `doctor` names. */
  doctorNamesShownMax: 8,
  /** Whether datagrams are lost is judged by no fewer messages than this, and by which part had to go otherwise. */
  datagramsJudgedMin: 20,
  datagramsLostShare: 0.2,
  /** With less memory than this a node may be ended by the system. */
  memoryFreeBytesLow: 268_435_456,
  /** The oldest Node that Flotilla runs on. */
  nodeMajorMin: 24,
  nodeMinorMin: 11,
  /** Of the shell: a line, lines that are remembered, other nodes that are asked, at once, and what each may say. */
  shellLineLengthMax: 4_096,
  shellHistoryLinesMax: 1_000,
  shellNodesMax: 100,
  shellAtOnceMax: 4,
  shellOutputBytesMax: 1_048_576,
  /** Processes that `top` asks for, how often, and how long its filter may be. */
  topProcessesMax: 200,
  topAskedEveryMs: 1_500,
  topFilterLengthMax: 200,
  /** Words that completion offers, and how long it asks a node for them. */
  candidatesMax: 200,
  candidatesMsMax: 700,
  /** From where on ports are sought for the nodes of a demonstration, and how many are tried. */
  demoPageFrom: 7_400,
  demoMeshFrom: 7_440,
  portsTriedMax: 40,
  /** How long a demonstration's nodes may take to agree before it is said that they do not. */
  demoAgreeMsMax: 30_000,
  /** In which each of them must be ready; three begin at once. */
  demoStartMsMax: 60_000,
  /** How often they are asked whether they agree. */
  demoAskedEveryMs: 100,
  /** How long nodes of a start before may take to stop. */
  demoLeftMsMax: 4_000,
  /** How long the token is good that a demonstration shows. */
  demoInviteSeconds: 900,
  /** How often a node of a demonstration that ends is started again within that time, and how soon. */
  demoRestartsMax: 5,
  demoRestartsWithinMs: 60_000,
  demoRestartDelayMs: 500,
  demoRestartDelayMsMax: 8_000,
  /** Of what a node of a demonstration writes down; the one before is kept too. */
  demoLogBytesMax: 8_388_608,
} as const
