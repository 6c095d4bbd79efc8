import { stat } from 'node:fs/promises'
import { Prng } from '@flotilla/core/random'
import { nodeEntropy } from '@flotilla/core/random/node'
import { nodeClock } from '@flotilla/core/time/node'
import { talkToGuest } from '@flotilla/virtio-agent'
import { nodePacking, socketChannel } from '@flotilla/virtio-agent/node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { agentCommand } from './lab/agent-guest.ts'
import { guestAddress, guestDiskMount, guestLoginSeconds, guestUser } from './lab/guest-equipment.ts'
import { libvirtAvailability } from './lab/libvirt-availability.ts'
import { domainName } from './lab/libvirt-domain.ts'
import { LibvirtGuest } from './lab/libvirt-guest.ts'
import { tableIn, valuesIn } from './lab/virsh-output.ts'

const bootMsMax = 300_000
const daySeconds = 86_400
const { isThere, note } = await libvirtAvailability()
const owned = new AsyncDisposableStack()

describe.skipIf(!isThere)(`libvirt drives the agent with no change${note}`, () => {
  let guest: LibvirtGuest
  beforeAll(async () => {
    // Its log is on the disk that is frozen.
    const files = { 'etc/flotilla-agent.conf': `audit-folder = ${guestDiskMount}/audit\n` }
    guest = owned.use(await LibvirtGuest.boot({ agent: agentCommand, files }))
  }, bootMsMax)
  afterAll(() => owned.disposeAsync())

  const ask = async (execute: string): Promise<unknown> => {
    const { return: answer } = JSON.parse(await guest.verb('qemu-agent-command', JSON.stringify({ execute }))) as {
      return: unknown
    }
    return answer
  }
  const inGuest = async (line: string): Promise<string> => (await guest.run(line)).trim()
  const guestSeconds = async (): Promise<number> => Number(await inGuest('date +%s'))

  test('qemu-agent-command', async () => {
    expect(await ask('guest-ping')).toEqual({})
    const { supported_commands: commands } = (await ask('guest-info')) as { supported_commands: { name: string }[] }
    expect(commands.map(({ name }) => name)).toContain('guest-fsfreeze-freeze-list')
    await expect(ask('guest-no-such-thing')).rejects.toThrow(/guest-no-such-thing/)
  })

  test('domhostname', async () => {
    expect((await guest.verb('domhostname', '--source', 'agent')).trim()).toBe('flotilla-guest')
  })

  test('domifaddr', async () => {
    const addresses = tableIn(await guest.verb('domifaddr', '--source', 'agent', '--full'))
    expect(addresses).toContainEqual(['lo', '00:00:00:00:00:00', 'ipv4', '127.0.0.1/8'])
    const hardware = await inGuest('cat /sys/class/net/eth0/address')
    expect(addresses).toContainEqual(['eth0', hardware, 'ipv4', `${guestAddress}/24`])
    expect(addresses.some(([, , type, address]) => type === 'ipv6' && address?.startsWith('fe80::'))).toBe(true)
  })

  test('guestinfo, of all kinds', async () => {
    const values = valuesIn(await guest.verb('guestinfo'))
    expect(values).toMatchObject({
      'user.count': '1',
      'user.0.name': guestUser,
      'user.0.login-time': String(guestLoginSeconds * 1_000),
      'os.id': 'flotilla-lab',
      'os.kernel-release': await inGuest('uname -r'),
      'os.machine': 'x86_64',
      hostname: 'flotilla-guest',
      'if.count': '2',
      'fs.count': '1',
      'fs.0.mountpoint': guestDiskMount,
      'fs.0.fstype': 'ext4',
      'fs.0.disk.count': '1',
      'fs.0.disk.0.alias': 'vda',
      'fs.0.disk.0.serial': 'FLOTILLA1',
      'disk.count': '1',
      'disk.0.name': '/dev/vda',
      'disk.0.alias': 'vda',
    })
    const zone = [values['timezone.name'], values['timezone.offset']]
    expect(zone).toEqual(zone[0] === 'CEST' ? ['CEST', '7200'] : ['CET', '3600'])
    for (const kind of ['user', 'os', 'timezone', 'hostname', 'filesystem', 'disk', 'interface']) {
      expect(Object.keys(valuesIn(await guest.verb('guestinfo', `--${kind}`)))).not.toEqual([])
    }
  })

  test('domfsinfo', async () => {
    expect(tableIn(await guest.verb('domfsinfo'))).toEqual([[guestDiskMount, 'vda', 'ext4', 'vda']])
  })

  test('domtime, which is told, set, and taken from the hardware clock', async () => {
    const told = Number(valuesIn(await guest.verb('domtime'))['Time'])
    expect(Math.abs(told - (await guestSeconds()))).toBeLessThan(daySeconds)
    const tomorrow = told + daySeconds
    await guest.verb('domtime', '--time', String(tomorrow))
    expect(await guestSeconds()).toBeGreaterThanOrEqual(tomorrow)
    // Nobody has told the hardware clock.
    await guest.run(`date -s @${told - daySeconds}`)
    await guest.verb('domtime', '--sync')
    // It was set with the time, and counts whole seconds.
    expect(await guestSeconds()).toBeGreaterThanOrEqual(tomorrow - 1)
    await guest.verb('domtime', '--now')
    const now = Date.now() / 1_000
    expect(Math.abs((await guestSeconds()) - now)).toBeLessThan(daySeconds / 2)
  })

  test('guestvcpus, setvcpus and vcpucount', async () => {
    const online = (): Promise<string> => inGuest('cat /sys/devices/system/cpu/online')
    expect(valuesIn(await guest.verb('guestvcpus'))).toEqual({ vcpus: '0-1', online: '0-1', offlinable: '1' })
    await guest.verb('guestvcpus', '--disable', '--cpulist', '1')
    expect(await online()).toBe('0')
    expect((await guest.verb('vcpucount', '--guest')).trim()).toBe('1')
    await guest.verb('setvcpus', '2', '--guest')
    expect(await online()).toBe('0-1')
    await expect(guest.verb('guestvcpus', '--disable', '--cpulist', '7')).rejects.toThrow(/7/)
  })

  test('set-user-password, plain and crypted', async () => {
    const stored = async (): Promise<string> =>
      (await inGuest(`grep ^${guestUser}: /etc/shadow`)).split(':')[1] ?? 'there is none'
    await guest.verb('set-user-password', guestUser, 'correct horse: staple')
    const [, , salt] = (await stored()).split('$')
    expect(await inGuest(`mkpasswd -m sha512 -S '${salt}' 'correct horse: staple'`)).toBe(await stored())
    await guest.verb('set-user-password', guestUser, '$6$salt$crypted', '--encrypted')
    expect(await stored()).toBe('$6$salt$crypted')
    await expect(guest.verb('set-user-password', 'nobody-here', 'word')).rejects.toThrow(/password/)
  })

  test('get-user-sshkeys and set-user-sshkeys', async () => {
    const [first, second] = ['ssh-ed25519 AAAAfirst first@host', 'ssh-ed25519 AAAAsecond second@host']
    const file = `/home/${guestUser}/.ssh/authorized_keys`
    // Newer ones print a line for each.
    const told = async (): Promise<string> => (await guest.verb('get-user-sshkeys', guestUser)).replaceAll('\n', '')
    const keys = async (): Promise<readonly string[]> => {
      const text = await inGuest(`cat ${file}`)
      const lines = text === '' ? [] : text.split('\n')
      expect(await told()).toBe(lines.join(''))
      return lines
    }
    const set = async (key: string, ...options: readonly string[]): Promise<unknown> =>
      guest.verb('set-user-sshkeys', guestUser, '--file', await guest.file('keys', `${key}\n`), ...options)
    await set(first, '--reset')
    await set(second)
    await set(second)
    expect(await keys()).toEqual([first, second])
    expect(await inGuest(`stat -c '%u %a' $(dirname ${file}) ${file}`)).toBe('1001 700\n1001 600')
    await set(first, '--remove')
    expect(await keys()).toEqual([second])
    await guest.verb('set-user-sshkeys', guestUser, '--reset')
    expect(await keys()).toEqual([])
  })

  test('domfsfreeze and domfsthaw', async () => {
    const write = `rm -f /tmp/written; (echo x >${guestDiskMount}/file && sync && touch /tmp/written) & sleep 1`
    for (const mounts of [[], ['--mountpoint', guestDiskMount]]) {
      expect(await guest.verb('domfsfreeze', ...mounts)).toContain('Froze 1 filesystem(s)')
      await guest.run(write)
      expect(await inGuest('ls /tmp/written || echo it waits')).toContain('it waits')
      expect(await ask('guest-ping')).toEqual({})
      expect(await ask('guest-fsfreeze-status')).toBe('frozen')
      await expect(ask('guest-get-host-name')).rejects.toThrow(/frozen state/)
      expect(await guest.verb('domfsthaw')).toContain('Thawed 1 filesystem(s)')
      expect(await inGuest('while [ ! -e /tmp/written ]; do sleep 0.1; done; echo written')).toBe('written')
    }
    await expect(guest.verb('domfsfreeze', '--mountpoint', '/no/such')).rejects.toThrow(/no\/such/)
    expect(await ask('guest-fsfreeze-status')).toBe('thawed')
  })

  test('an agent that was killed while file systems were frozen still thaws them', async () => {
    await guest.verb('domfsfreeze')
    await agentAnew('kill -9')
    expect(await ask('guest-fsfreeze-status')).toBe('frozen')
    expect(await guest.verb('domfsthaw')).toContain('Thawed 1 filesystem(s)')
    expect((await guest.verb('domhostname', '--source', 'agent')).trim()).toBe('flotilla-guest')
  })

  test('domfstrim gives back to the host what the guest no longer needs', async () => {
    const blocks = async (): Promise<number> => (await stat(guest.disk)).blocks
    await guest.run(`mount -o remount,nodiscard ${guestDiskMount}`)
    await guest.run(`dd if=/dev/urandom of=${guestDiskMount}/large bs=1M count=16 conv=fsync`)
    const full = await blocks()
    await guest.run(`rm ${guestDiskMount}/large; sync`)
    await guest.verb('domfstrim')
    expect(await blocks()).toBeLessThan(full - 16_384)
  })

  test('a snapshot is of a disk at rest, which needs no repair', async () => {
    await guest.run(`echo before >${guestDiskMount}/before`)
    await guest.verb('snapshot-create-as', 'rest', '--disk-only', '--quiesce', '--no-metadata', '--atomic')
    expect(await ask('guest-fsfreeze-status')).toBe('thawed')
    expect(await guest.verb('domblklist')).toContain('disk.rest')
    await guest.run(`echo after >${guestDiskMount}/after; sync`)
    // What came after is in another file. A file system in use would have a journal to be played back.
    expect(await guest.checkDisk()).not.toMatch(/recover/i)
  })

  test('a guest that was saved and restored goes on with its agent, and with another qemu', async () => {
    const bootId = await inGuest('cat /proc/sys/kernel/random/boot_id')
    const pid = await inGuest('pidof node')
    await guest.saveAndRestore()
    await untilItAnswers()
    expect((await guest.verb('domhostname', '--source', 'agent')).trim()).toBe('flotilla-guest')
    expect([await inGuest('cat /proc/sys/kernel/random/boot_id'), await inGuest('pidof node')]).toEqual([bootId, pid])
  })

  test('a guest that was paused answers when it goes on', async () => {
    await guest.verb('suspend')
    await expect(guest.verb('domhostname', '--source', 'agent')).rejects.toThrow(/not running/)
    await guest.verb('resume')
    expect((await guest.verb('domhostname', '--source', 'agent')).trim()).toBe('flotilla-guest')
  })

  test('an agent that hangs for a while is found again, and nothing old is taken for an answer', async () => {
    await guest.run('kill -STOP $(pidof node)')
    const slow = JSON.stringify({ execute: 'guest-get-osinfo' })
    await expect(guest.verb('qemu-agent-command', slow, '--timeout', '1')).rejects.toThrow(
      /not responding|not connected|timeout/i,
    )
    await expect(guest.verb('qemu-agent-command', slow, '--timeout', '1')).rejects.toThrow(
      /not responding|not connected|timeout/i,
    )
    await guest.run('kill -CONT $(pidof node)')
    expect((await guest.verb('domhostname', '--source', 'agent')).trim()).toBe('flotilla-guest')
  })

  test('an agent that was started again is connected again', async () => {
    await agentAnew('kill')
    expect(await ask('guest-ping')).toEqual({})
  })

  test('our own dialect works beside it', async () => {
    const welcomed = Promise.withResolvers<void>()
    const clock = nodeClock()
    await using channel = socketChannel({ place: { path: guest.ownSocket }, role: 'connect', clock, prng: new Prng(1) })
    await using _host = talkToGuest({
      channel,
      clock,
      entropy: nodeEntropy(),
      packing: nodePacking(),
      onEffect: ({ type }) => type === 'welcomed' && welcomed.resolve(),
    })
    await welcomed.promise
    expect(await ask('guest-ping')).toEqual({})
  })

  test('dompmsuspend, and the guest is awake again', async () => {
    await guest.verb('dompmsuspend', 'mem')
    await guest.until(async () => (await guest.verb('domstate')).trim() === 'pmsuspended')
    await guest.verb('dompmwakeup')
    // It takes a while to wake up, and its kernel then tells the host anew which ports are open.
    await untilItAnswers()
    expect((await guest.verb('domstate')).trim()).toBe('running')
    expect((await guest.verb('domhostname', '--source', 'agent')).trim()).toBe('flotilla-guest')
  })

  test(
    'reboot',
    async () => {
      const bootId = (): Promise<string> => inGuest('cat /proc/sys/kernel/random/boot_id')
      const before = await bootId()
      await guest.verb('reboot', '--mode', 'agent')
      await untilItAnswers()
      expect(await bootId()).not.toBe(before)
      expect((await guest.verb('domhostname', '--source', 'agent')).trim()).toBe('flotilla-guest')
    },
    bootMsMax,
  )

  test('shutdown, after which the domain is gone', async () => {
    expect(await guest.domains()).toContain(domainName)
    await guest.verb('shutdown', '--mode', 'agent')
    await guest.until(async () => !(await guest.domains()).includes(domainName))
  })

  /** Ends the agent, and waits until the next one answers. */
  async function agentAnew(kill: string): Promise<void> {
    const before = await inGuest('pidof node')
    await guest.run(`${kill} ${before}; while [ -d /proc/${before} ]; do sleep 0.1; done`)
    await untilItAnswers()
  }

  function untilItAnswers(): Promise<void> {
    return guest.until(() =>
      ask('guest-ping').then(
        () => true,
        () => false,
      ),
    )
  }
})
