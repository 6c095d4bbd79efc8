/** What the unit starts, and as whom. */
export interface ServiceUnit {
  /** The program of Node, and that of the node. */
  readonly interpreter: string
  readonly program: string
  readonly user: string
}

/** As `nodeProgram` starts a node. */
const nodeFlags = ['--max-semi-space-size=2', '--disable-sigusr1']

/**
 * A template: `flotilla@home` is the node that lives in `/var/lib/flotilla/home`. It may write there and nowhere else,
 * has no rights beyond those of its user, and makes no system calls that a node needs none of. What is left open, on
 * purpose: memory that is written and run, which is how V8 works; the network; and `/proc` as any user sees it, because
 * to watch the processes of a machine is what `flotilla ps` is for. To end the processes of others, or to reach sockets
 * of virtual machines that root owns, it has to run as somebody who may.
 */
export function serviceUnit({ interpreter, program, user }: ServiceUnit): string {
  const start = [interpreter, ...nodeFlags, program].map(quoted).join(' ')
  return `# Written by flotilla install-service.
[Unit]
Description=Flotilla node %i
Wants=network-online.target
After=network-online.target

[Service]
Type=notify
# It tells by systemd-notify, which is a process of its own.
NotifyAccess=all
WatchdogSec=180
User=${user}
ExecStart=${start}
ExecReload=/bin/kill -HUP $MAINPID
Environment=FLOTILLA_DATA=/var/lib/flotilla/%i FLOTILLA_JSON=1
# Settings of this node alone, such as FLOTILLA_PORT=7500; those of all are in /etc/flotilla/config.yaml.
EnvironmentFile=-/etc/flotilla/%i.env
StateDirectory=flotilla/%i
StateDirectoryMode=0700
Restart=on-failure
RestartSec=2
# A stop takes 10 s at most.
TimeoutStopSec=20
KillMode=mixed
LimitNOFILE=65536
OOMScoreAdjust=-200
UMask=0077

# The only place that can be written is that of StateDirectory.
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
PrivateMounts=yes
DevicePolicy=closed
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
# It watches the processes of this machine.
ProtectProc=default
ProcSubset=all
# V8 makes machine code as it runs.
MemoryDenyWriteExecute=no

NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
RestrictSUIDSGID=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
LockPersonality=yes
RemoveIPC=yes
KeyringMode=private
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
`
}

/** As systemd reads words: quotes, and signs that are no specifiers and no variables. */
function quoted(word: string): string {
  const safe = word.replaceAll('%', '%%').replaceAll('$', '$$$$')
  return /^[\w./:=%$+@-]+$/.test(safe) ? safe : `"${safe.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}
