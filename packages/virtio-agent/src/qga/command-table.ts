import { accounts, windowsOnly } from './commands/accounts.ts'
import { basics } from './commands/basics.ts'
import { files } from './commands/files.ts'
import { freezing } from './commands/freezing.ts'
import { hardware } from './commands/hardware.ts'
import { inventory } from './commands/inventory.ts'
import { programs } from './commands/programs.ts'
import type { QgaCommand } from './command.ts'

/** All that the original knows. */
export const qgaCommands: readonly QgaCommand[] = [
  ...basics,
  ...files,
  ...freezing,
  ...inventory,
  ...hardware,
  ...accounts,
  ...programs,
  ...windowsOnly,
]
