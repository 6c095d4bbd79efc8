import { ownPortNames } from '@flotilla/virtio-agent'
import { settingsTemplate } from '../settings/settings-text.ts'
import { nodeEnvironment, nodeFlags } from './node-flags.ts'
import type { InstallFacts, InstallStep } from './plan.ts'

const unitFile = '/etc/systemd/system/flotilla-agent.service'
const ruleFile = '/etc/udev/rules.d/90-flotilla-agent.rules'
const programFile = '/usr/local/bin/flotilla-agent'
const scriptFile = '/usr/local/lib/flotilla-agent/flotilla-agent.js'
const auditFolder = '/var/lib/flotilla-agent'
const [programMode, textMode, secretMode, folderMode] = [0o755, 0o644, 0o600, 0o700]

export function linuxInstall(facts: InstallFacts): readonly InstallStep[] {
  const { program, interpreter, configFile } = facts
  const target = interpreter === undefined ? programFile : scriptFile
  return [
    ...(interpreter === undefined
      ? []
      : [{ type: 'folder', path: '/usr/local/lib/flotilla-agent', mode: 0o755 } as const]),
    ...(program === target ? [] : [{ type: 'copy', from: program, to: target, mode: programMode } as const]),
    { type: 'folder', path: auditFolder, mode: folderMode },
    { type: 'write-once', path: configFile, text: settingsTemplate(), mode: secretMode },
    { type: 'write', path: ruleFile, text: udevRule(), mode: textMode },
    { type: 'write', path: unitFile, text: systemdUnit({ ...facts, program: target }), mode: textMode },
    { type: 'run', command: ['udevadm', 'control', '--reload'], mayFail: true },
    { type: 'run', command: ['udevadm', 'trigger', '--subsystem-match=virtio-ports'], mayFail: true },
    { type: 'run', command: ['systemctl', 'daemon-reload'], mayFail: false },
    { type: 'run', command: ['systemctl', 'enable', 'flotilla-agent.service'], mayFail: false },
    { type: 'run', command: ['systemctl', 'restart', 'flotilla-agent.service'], mayFail: false },
  ]
}

/** The settings and the audit log stay: they are not ours to throw away. */
export function linuxUninstall(): readonly InstallStep[] {
  return [
    { type: 'run', command: ['systemctl', 'disable', '--now', 'flotilla-agent.service'], mayFail: true },
    { type: 'remove', path: unitFile },
    { type: 'remove', path: ruleFile },
    { type: 'remove', path: programFile },
    { type: 'remove', path: scriptFile },
    { type: 'run', command: ['systemctl', 'daemon-reload'], mayFail: true },
    { type: 'run', command: ['udevadm', 'control', '--reload'], mayFail: true },
  ]
}

/**
 * Makes the link by the port's name, which small systems lack; lets nobody but root open it; and starts the agent when
 * the port comes, as with a port that is plugged in later.
 */
export function udevRule(): string {
  const rules = [...ownPortNames, 'org.qemu.guest_agent.0'].map((name) =>
    [
      'SUBSYSTEM=="virtio-ports"',
      `ATTR{name}=="${name}"`,
      `SYMLINK+="virtio-ports/${name}"`,
      'OWNER="root"',
      'GROUP="root"',
      'MODE="0600"',
      'TAG+="systemd"',
      'ENV{SYSTEMD_WANTS}+="flotilla-agent.service"',
    ].join(', '),
  )
  return `# Written by flotilla-agent install.\n${rules.join('\n')}\n`
}

/**
 * The agent does what root does, and what it runs inherits all of this: to install a package takes devices, memory,
 * set-user-id files and the usual umask, so none of these is taken away. What is taken, nothing that it does needs.
 * Flags of Node are told to Node alone, and an executable has them in itself: in the environment they would be those of
 * each program that it runs.
 */
export function systemdUnit({ program, interpreter, configFile, flags }: InstallFacts): string {
  const command = [...(interpreter === undefined ? [] : [interpreter, ...nodeFlags]), program]
  const start = [...command, '--config', configFile, ...flags].map(quoted).join(' ')
  return `# Written by flotilla-agent install.
[Unit]
Description=Flotilla's agent in a virtual machine
ConditionVirtualization=vm
# It speaks through the ports of the QEMU guest agent, and a port admits one.
Conflicts=qemu-guest-agent.service
StartLimitIntervalSec=0

[Service]
ExecStart=${start}
ExecReload=/bin/kill -HUP $MAINPID
Environment=${nodeEnvironment}
Restart=always
RestartSec=1
RestartSteps=5
RestartMaxDelaySec=30
TimeoutStopSec=5
# Programs that the host had it run end with it.
KillMode=control-group
OOMScoreAdjust=-500
LimitNOFILE=4096
LockPersonality=yes
RestrictRealtime=yes
SystemCallArchitectures=native
CapabilityBoundingSet=~CAP_SYS_RAWIO CAP_SYS_PACCT CAP_WAKE_ALARM CAP_LEASE CAP_BPF CAP_PERFMON CAP_CHECKPOINT_RESTORE

[Install]
WantedBy=multi-user.target
`
}

/** As systemd reads words: quotes, and percent signs that are no specifiers. */
function quoted(word: string): string {
  const safe = word.replaceAll('%', '%%').replaceAll('$', '$$$$')
  return /^[\w./:=%$+-]+$/.test(safe) ? safe : `"${safe.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}
