/** Every bound of the node that is not a setting. */
export const nodeLimitsDefaults = {
  /** Rows of history that are kept; the oldest go first. */
  historyRowsMax: 10_000,
  /** How often the node looks at its own memory and disk, for whoever asks how it is. */
  figuresMeasuredEveryMs: 1_000,
  /** Rows of history that one request may ask for. */
  historyAnswerRowsMax: 1_000,
  /** How many ports after the usual one are tried when nobody asked for a port. */
  portsTriedMax: 20,
  /** The longest path of a Unix socket; systems differ a little, and none takes less. */
  socketPathBytesMax: 100,
  nameLengthMax: 63,
  /** Of the file with settings. */
  settingsFileBytesMax: 65_536,
  /** Things that are wrong with settings, of which is told; the rest is counted. */
  settingProblemsToldMax: 50,
  /** How much of a wrong text an error repeats. */
  shownLengthMax: 64,
  /** How many `--peer` may be given. */
  peersGivenMax: 64,
  /** How many `--mesh-host`, and how many `--advertise`, may be given. */
  addressesGivenMax: 16,
  /** Connections at one time; one more is refused. */
  connectionsMax: 256,
  /** Of them, those that hold a lock or watch something for as long as they last; one more is refused. */
  eventStreamsMax: 96,
  /** And of these, those of one name; the owner of the data folder may have all. */
  eventStreamsPerNameMax: 24,
  /** Requests on one connection before it is closed. */
  requestsPerConnectionMax: 1_000,
  /** Of all headers of a request together. */
  headerBytesMax: 8_192,
  /** Of path and query. */
  urlLengthMax: 4_096,
  /** Of a document that is posted. */
  documentBytesMax: 8_912_896,
  /** Of one that anybody may post, as to log in. */
  openDocumentBytesMax: 8_192,
  /** Of one text in such a document, unless it says otherwise. */
  documentTextLengthMax: 4_096,
  /** How long an invitation may be told to last: 7 days. */
  invitationSecondsMax: 604_800,
  /** Of the token of an invitation. */
  tokenLengthMax: 4_096,
  passphraseLengthMax: 1_024,
  /** Why somebody is banned or revoked, in words. */
  reasonLengthMax: 256,
  /** How long a ban may be told to last: 30 days. */
  banSecondsMax: 2_592_000,
  /** Nodes of which it is remembered how long the certificate is valid that they have shown. */
  certificatesRememberedMax: 1_024,
  /** Of what somebody tells all nodes. */
  noteLengthMax: 500,
  /** Notes that a node remembers while it runs; the oldest go first. */
  notesKeptMax: 50,
  /** Addresses of its own that a node tells the others: more do not fit. */
  addressesToldMax: 8,
  /** How often a node tells the others how busy it is, if that has changed. */
  loadToldEveryMs: 30_000,
  /** How often connections are looked at for certificates that have expired. */
  certificatesCheckedEveryMs: 60_000,
  /** In which a client must have sent its headers. */
  headersTimeoutMs: 5_000,
  /** In which a client must have sent its whole request. */
  requestTimeoutMs: 10_000,
  /** How long a client that sends content may send nothing, as one that passes on what it reads from a pipe. */
  uploadSilenceMsMax: 3_600_000,
  /** How long a client that fetches content may not read on. */
  downloadSilenceMsMax: 3_600_000,
  /** Of the connections, those that send or fetch content at once; one more is refused. */
  contentTransfersMax: 64,
  /** Names, or blobs, in one answer. */
  blobsAnsweredMax: 1_000,
  /** Findings of a check that are told one by one; the report counts them all. */
  blobFindingsToldMax: 1_000,
  /** How often is told how far something has come that takes long. */
  blobProgressEveryMs: 250,
  /** How often it is looked how far the sealing with a new key has come. */
  blobResealLookedAtEveryMs: 500,
  /** How often it is looked how much room the disk has for blobs. */
  blobRoomLookedAtEveryMs: 2_000,
  /** How fast a check may be told to read. */
  blobCheckBytesPerSecondMax: 1_099_511_627_776,
  /** How long a connection without a request is kept. */
  keepAliveTimeoutMs: 5_000,
  /** How often connections are looked at for these timeouts. */
  timeoutsCheckedEveryMs: 1_000,
  /** Wrong keys that are answered in a row with "wrong key" before they are answered with "too many". */
  wrongKeysBurst: 10,
  /** How often one more wrong key is answered. */
  wrongKeyEveryMs: 1_000,
  /** How long a code opens the page, and how many may wait to be used; the oldest goes first. */
  loginCodeMs: 600_000,
  loginCodesMax: 16,
  /** How long a session lasts that nobody uses: 12 hours; and however much it is used: 7 days. */
  sessionIdleMsMax: 43_200_000,
  sessionMsMax: 604_800_000,
  /** Sessions at one time, and of them those of one user; the one that was not used for longest goes first. */
  sessionsMax: 1_024,
  sessionsPerNameMax: 16,
  /** How long a ticket for a blob is good, and how many there may be, and of one session; the oldest goes first. */
  blobTicketMs: 60_000,
  blobTicketsMax: 1_024,
  blobTicketsPerSessionMax: 16,
  /** How often sessions are looked at for their end. */
  sessionsLookedAtEveryMs: 5_000,
  /** Attempts to log in from one network, and of one name: so many in a row, then one more each so often. */
  loginsPerAddress: { burst: 10, everyMs: 6_000 },
  loginsPerName: { burst: 20, everyMs: 6_000 },
  /** Refused logins that are in the audit log, from wherever: so many in a row, then one more each so often. */
  refusedLoginsAudited: { burst: 60, everyMs: 60_000 },
  /** Places in which these are counted; who shares a place shares the count. */
  attemptPlaces: 4_096,
  /** Networks and names of which it is remembered that they have logged in. */
  loginPlacesRemembered: 1_024,
  /** Of a password, in characters; it is at most as long as a passphrase. */
  passwordLengthMin: 12,
  /** Passwords that wait for their hash; each takes half a second and 128 MiB, one after the other. */
  passwordsWaitingMax: 8,
  /** The longest API token that is read, and those of which it is remembered that their signature is right. */
  apiTokenLengthMax: 2_048,
  apiTokensRemembered: 2_048,
  /** How long a certificate lasts that the node makes for its page (397 days), and how long before it is renewed. */
  tlsValidityMs: 34_300_800_000,
  tlsRenewedBeforeMs: 2_592_000_000,
  /** How far back such a certificate begins, for clocks that are behind. */
  tlsBackdatedMs: 300_000,
  /** How often it is looked whether there is another certificate. */
  tlsLookedAtEveryMs: 3_600_000,
  /** Names, and addresses, in such a certificate. */
  certificateNamesMax: 64,
  /** How many `--allow-host` may be given. */
  hostsAllowedMax: 64,
  /** How often whoever holds or watches something through this node is told that it is still there. */
  beatEveryMs: 1_000,
  /** How often it is looked what has changed, for those who watch. */
  liveEveryMs: 1_000,
  /** What one of them may watch at once. */
  liveTopicsMax: 24,
  /** What all of them together may, each counted once however many watch it. */
  liveTopicsTogetherMax: 128,
  /** And of these, what is watched under one name; the owner of the data folder may watch all. */
  liveTopicsPerNameMax: 32,
  /** How long one of them may not read on. */
  liveSilenceMsMax: 15_000,
  /** How long somebody waits for a lock before it is told who has it. */
  waitingToldAfterMs: 250,
  /** How long a lock may be waited for: 30 days. */
  lockTimeoutMsMax: 2_592_000_000,
  /** Of what somebody says about what it does with a lock. */
  lockValueLengthMax: 256,
  /** Keys in one answer. */
  lockKeysAnsweredMax: 1_000,
  /** How long a question about locks may take. */
  lockAnswerMsMax: 4_000,
  /** How long the locks of this node are kept without a sign of life from it. */
  lockLeaseMs: 10_000,
  /**
   * How long nobody else is granted them after that. `flotilla lock run` needs some of it to end what it runs, when
   * the lock is lost.
   */
  lockDelayMs: 5_000,
  /** How long a node that stops waits for those who hold locks through it to end. */
  lockDrainMs: 6_000,
  /** How long a node that stops tries to have others lead where it leads. */
  handOverMs: 2_000,
  /** How long another node may take to answer what is asked of it, or to try whether it reaches this one. */
  relayMsMax: 4_000,
  checkupMsMax: 3_500,
  /** How long it tries. */
  dialBackMsMax: 1_500,
  /** Other nodes that are asked at once. */
  neighboursAskedMax: 64,
  /** How often one of them may have this node try whether it reaches it, and for how many that is counted. */
  checkupsPerNode: { burst: 10, everyMs: 5_000 },
  neighboursCountedMax: 1_024,
  /** How long a group is sought before this node is believed to be the one that creates it. */
  groupSoughtMs: 2_000,
  /** How often it is looked whether this node is still a member of the group. */
  groupLookedAtEveryMs: 1_000,
  /** How long requests that are being answered may go on when the node stops. */
  stopGraceMs: 2_000,
  /** Spans that wait to be sent; then the oldest go. */
  traceSpansQueuedMax: 4_096,
  /** In one document for the collector. */
  traceBatchSpansMax: 512,
  traceSendEveryMs: 2_000,
  /** How long the collector may take to take it. */
  traceSendMsMax: 5_000,
  /** How long stopping may take altogether; then the process ends as it is. */
  stopMsMax: 10_000,
  /** How long a statement waits for another process that has the database locked. */
  sqliteBusyTimeoutMs: 5_000,
  /** Records of the audit log that one request may ask for. */
  auditAnswerRecordsMax: 1_000,
  /** Of one field of what somebody has posted, in the audit log; the rest is cut. */
  auditTextLengthMax: 512,
  /** How many `--vm-channels` may be given. */
  vmPatternsMax: 64,
  /** Keys of virtual machines that are read, and how often. */
  vmKeysMax: 4_096,
  vmKeysEveryMs: 2_000,
  /** Virtual machines of which `/metrics` has figures of their own; of the rest it has their number. */
  vmsMeasuredMax: 200,
  /** How long something may take that a virtual machine is asked to do. */
  vmOrderMsMax: 86_400_000,
  /** Output of it that whoever reads has not taken; further pieces are dropped, and counted. */
  vmProgressBytesMax: 1_048_576,
  /** What may be said of a process. */
  processes: { pidMax: 4_294_967_295, niceLeast: -20, niceMost: 19, textLengthMax: 512 },
} as const
