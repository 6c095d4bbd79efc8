import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { diagnosisLines } from './diagnosis.ts'
import { detectLinuxPort } from './linux-detection.ts'
import { readPortListing } from './node-port-listing.ts'
import type { DeviceFacts, PortListing } from './port-listing.ts'

const device = (path: string, isOurs = true): DeviceFacts => ({
  path,
  mode: 'crw-------',
  userId: 0,
  groupId: 0,
  isOurs,
})

const devices = ['/dev/vport0p1', '/dev/vport0p2', '/dev/vport0p3'].map((path) => device(path))
const empty: PortListing = {
  links: undefined,
  named: undefined,
  devices: [],
  modules: ['virtio_ring', 'virtio', 'virtio_pci', 'virtio_console'],
  userId: 0,
}
const small: PortListing = {
  ...empty,
  named: [
    { device: 'vport0p1', name: 'com.redhat.spice.0' },
    { device: 'vport0p2', name: 'org.qemu.guest_agent.0' },
    { device: 'vport0p3', name: 'org.flotilla.agent.0' },
  ],
  devices,
}

test("udev's link by our name comes first, then the older name", () => {
  const links = [
    { name: 'org.infinibay.agent', device: '/dev/vport0p1' },
    { name: 'org.flotilla.agent.0', device: '/dev/vport0p3' },
    { name: 'org.qemu.guest_agent.0', device: '/dev/vport0p2' },
  ]
  expect(detectLinuxPort({ ...small, links }, 'own').path).toBe('/dev/virtio-ports/org.flotilla.agent.0')
  expect(detectLinuxPort({ ...small, links: links.slice(0, 1) }, 'own').path).toBe(
    '/dev/virtio-ports/org.infinibay.agent',
  )
  expect(detectLinuxPort({ ...small, links }, 'qga').path).toBe('/dev/virtio-ports/org.qemu.guest_agent.0')
})

test('without udev the names that the kernel tells are enough', () => {
  expect(detectLinuxPort(small, 'own').path).toBe('/dev/vport0p3')
  expect(detectLinuxPort(small, 'qga').path).toBe('/dev/vport0p2')
})

test('a link that leads nowhere is passed over', () => {
  const links = [{ name: 'org.flotilla.agent.0', device: undefined }]
  expect(detectLinuxPort({ ...small, links }, 'own').path).toBe('/dev/vport0p3')
})

test('a port with the name of something else is never taken', () => {
  const spice = { ...small, named: small.named?.slice(0, 1), devices: devices.slice(0, 1) }
  expect(detectLinuxPort(spice, 'own').path).toBeUndefined()
  expect(detectLinuxPort(spice, 'qga').path).toBeUndefined()
})

test('a device without a name is taken if it is the only one, for our own dialect', () => {
  const nameless = { ...empty, named: [{ device: 'vport0p1', name: '' }], devices: devices.slice(0, 1) }
  expect(detectLinuxPort(nameless, 'own').path).toBe('/dev/vport0p1')
  expect(detectLinuxPort(nameless, 'qga').path).toBeUndefined()
  const two = detectLinuxPort({ ...empty, named: [], devices: devices.slice(0, 2) }, 'own')
  expect(two.path).toBeUndefined()
  expect(diagnosisLines(two.steps).join('\n')).toContain('say with --device which one is meant')
})

test('every step is told with what to do', () => {
  const lines = diagnosisLines(detectLinuxPort({ ...empty, modules: ['virtio'] }, 'own').steps)
  expect(lines).toEqual([
    'the kernel modules of virtio ports: PROBLEM',
    '    virtio_ring is not seen',
    '    virtio is there',
    '    virtio_pci is not seen',
    '    virtio_console is not seen',
    '    -> load them: modprobe -a virtio_ring virtio_pci virtio_console',
    '/dev/virtio-ports for org.flotilla.agent.0 or org.infinibay.agent: nothing here',
    '    -> /dev/virtio-ports is made by udev; without it the names in /sys/class/virtio-ports are read',
    '/sys/class/virtio-ports/*/name for org.flotilla.agent.0 or org.infinibay.agent: nothing here',
    '    -> there is no /sys/class/virtio-ports: load the module virtio_console',
    '/dev/vport*p* for one that has no name: nothing here',
    'a port to open: PROBLEM',
    '    -> give the virtual machine a virtserialport with name=org.flotilla.agent.0, or name a device with --device',
  ])
})

test('a device that we may not open is found, and told as a problem', () => {
  const denied = { ...small, devices: devices.map(({ path }) => device(path, false)), userId: 1_000 }
  const { path, steps } = detectLinuxPort(denied, 'own')
  expect(path).toBe('/dev/vport0p3')
  expect(steps.at(-1)).toMatchObject({
    outcome: 'problem',
    found: ['crw------- of user 0 and group 0; we are user 1000'],
  })
})

test('the listing is read from the folders of a machine', async () => {
  const root = await mkdtemp(join(tmpdir(), 'ports-'))
  try {
    for (const [path, text] of [
      ['sys/class/virtio-ports/vport0p1/name', 'org.flotilla.agent.0\n'],
      ['sys/class/virtio-ports/vport0p2/other', ''],
      ['sys/module/virtio_console/version', ''],
      ['dev/vport0p1', ''],
      ['dev/vport', ''],
      ['dev/virtio-ports/placeholder', ''],
    ] as const) {
      await mkdir(dirname(join(root, path)), { recursive: true })
      await writeFile(join(root, path), text)
    }
    await rm(join(root, 'dev/virtio-ports/placeholder'))
    await symlink('../vport0p1', join(root, 'dev/virtio-ports/org.flotilla.agent.0'))
    await symlink('../vport9p9', join(root, 'dev/virtio-ports/org.qemu.guest_agent.0'))
    expect(readPortListing(root)).toMatchObject({
      links: [
        { name: 'org.flotilla.agent.0', device: '/dev/vport0p1' },
        { name: 'org.qemu.guest_agent.0', device: undefined },
      ],
      named: [
        { device: 'vport0p1', name: 'org.flotilla.agent.0' },
        { device: 'vport0p2', name: '' },
      ],
      devices: [{ path: '/dev/vport0p1', isOurs: true }],
      modules: ['virtio_console'],
    })
    expect(readPortListing(join(root, 'dev'))).toMatchObject({ links: undefined, named: undefined, devices: [] })
  } finally {
    await rm(root, { recursive: true })
  }
})
