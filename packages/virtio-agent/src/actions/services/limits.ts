/** What asking for services may take. */
export const serviceLimits = {
  askMsMax: 30_000,
  /** To start or stop one may take as long as its own unit says; the order's own time ends it before. */
  actMsMax: 3_600_000,
  outputBytesMax: 8_388_608,
} as const
