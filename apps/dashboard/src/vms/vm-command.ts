/** What is done in a virtual machine, from the console. */
export interface VmCommand {
  readonly name: string
  readonly title: string
  /** What stands beside it has to be written; undefined: nothing. */
  readonly input?: string
}

/** Of all that an agent can do, what a line of text is enough for. */
const all: readonly VmCommand[] = [
  { name: 'unsafe.shell', title: 'Run in a shell', input: 'uptime' },
  { name: 'info', title: 'What it is' },
  { name: 'metrics.get', title: 'Figures' },
  { name: 'process.list', title: 'Processes' },
  { name: 'service.list', title: 'Services' },
  { name: 'network.show', title: 'Networks' },
  { name: 'disk.show', title: 'Disks' },
  { name: 'user.list', title: 'Users' },
  { name: 'time.get', title: 'Time' },
  { name: 'ping', title: 'Is it there' },
]

/** Those that its agent offers. What is unsafe is offered to admins only. */
export function vmCommands(offered: readonly string[], isAdmin: boolean): readonly VmCommand[] {
  return all.filter(({ name }) => offered.includes(name) && (isAdmin || !name.startsWith('unsafe.')))
}

export function argumentsOf({ name }: VmCommand, text: string): object {
  return name === 'unsafe.shell' ? { script: text } : {}
}
