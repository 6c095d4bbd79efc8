import type { Command } from '../command.ts'
import { vmFilesCommand, vmReadCommand } from './vm-files.ts'
import { vmListCommand, vmTopCommand } from './vm-list.ts'
import { vmInfoCommand, vmMetricsCommand } from './vm-metrics.ts'
import { vmKeyCommand, vmPowerCommand } from './vm-power.ts'
import { vmKillCommand, vmPsCommand } from './vm-ps.ts'
import { vmExecCommand, vmShellCommand } from './vm-run.ts'
import { vmPackagesCommand, vmServicesCommand } from './vm-services.ts'

/** All that looks into virtual machines. */
export const vmCommands: readonly Command[] = [
  vmListCommand,
  vmTopCommand,
  vmInfoCommand,
  vmMetricsCommand,
  vmPsCommand,
  vmKillCommand,
  vmExecCommand,
  vmShellCommand,
  vmServicesCommand,
  vmPackagesCommand,
  vmFilesCommand,
  vmReadCommand,
  vmPowerCommand,
  vmKeyCommand,
]
