import { join } from 'node:path'
import { ownPort, qgaPort, shellPort } from './guest-scripts.ts'

export const domainName = 'lab'
const domainProcessors = 2
const memoryMb = 768

/** The sockets of ports for which libvirt has no use itself. */
export const ownSocket = 'own'
export const shellSocket = 'shell'

/** A domain as libvirt's users write it, of what lies in a folder: `kernel`, `initrd`, `disk.img`. */
export function domainXml(folder: string): string {
  const port = (name: string, source: string): string =>
    `<channel type="unix">${source}<target type="virtio" name="${name}"/></channel>`
  const at = (name: string): string => `<source mode="bind" path="${join(folder, name)}"/>`
  return `<domain type="qemu">
  <name>${domainName}</name>
  <memory unit="MiB">${memoryMb}</memory>
  <vcpu>${domainProcessors}</vcpu>
  <os>
    <type arch="x86_64" machine="q35">hvm</type>
    <kernel>${join(folder, 'kernel')}</kernel>
    <initrd>${join(folder, 'initrd')}</initrd>
    <cmdline>console=ttyS0 quiet panic=-1 mitigations=off</cmdline>
  </os>
  <features><acpi/></features>
  <pm><suspend-to-mem enabled="yes"/></pm>
  <on_reboot>restart</on_reboot>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <serial type="file"><source path="${join(folder, 'console')}"/></serial>
    <disk type="file" device="disk">
      <driver name="qemu" type="raw" discard="unmap"/>
      <source file="${join(folder, 'disk.img')}"/>
      <target dev="vda" bus="virtio"/>
      <serial>FLOTILLA1</serial>
    </disk>
    <interface type="user"><model type="virtio"/></interface>
    ${port(qgaPort, '')}
    ${port(ownPort, at(ownSocket))}
    ${port(shellPort, at(shellSocket))}
    <controller type="usb" model="none"/>
    <memballoon model="none"/>
  </devices>
</domain>
`
}
