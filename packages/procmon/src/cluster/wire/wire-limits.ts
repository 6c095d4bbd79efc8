/** What a message of another node may hold, whatever that node's own limits are. */
export const wireLimits = {
  nameBytesMax: 512,
  textBytesMax: 4_096,
  coresMax: 4_096,
  partsMax: 1_024,
  problemsMax: 256,
  extraMax: 1_024,
  alertsMax: 64,
  processesMax: 5_000,
  treeMax: 20_000,
  historyPointsMax: 10_000,
  pidsMax: 1_024,
} as const
