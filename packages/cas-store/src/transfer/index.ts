/** Moves chunks between nodes: see `Transfer`. */
export type {
  BringOptions,
  BringReport,
  Broadcast,
  BroadcastEnd,
  FetchReport,
  IdentifiedBlob,
  LeftOutReason,
  PullOptions,
  PullProgress,
  PullReport,
  RemoteSource,
  Standing,
  Transfer,
  TransferErrorCode,
  TransferHooks,
} from './contract.ts'
export { transferDefaults, type TransferSettings } from './limits.ts'
export { opaqueEpoch, opaqueWorkshop } from './strangers/opaque-workshop.ts'
export { createTransfer, type TransferOptions } from './transfer.ts'
