import { durationText } from '@flotilla/core/text'
import type { Finding } from '../check/finding.ts'
import { cliLimitsDefaults } from '../limits.ts'
import type { Checkup, MeshFacts } from './mesh-facts.ts'

const { certificateEndsMs, clockApartMs, clockApartMsMax, doctorNamesShownMax, datagramsLostShare } = cliLimitsDefaults

/** What is wrong between this node and the others; a part that is as it should be says so in one line. */
export function meshFindings(facts: MeshFacts, nowMs: number): readonly Finding[] {
  if (facts.cluster === undefined) {
    const what = 'this node is in no cluster'
    return [
      { subject: 'cluster', state: 'ok', what, hint: 'make one: `flotilla init`; or join one: `flotilla join TOKEN`' },
      ...vmFindings(facts),
    ]
  }
  return [
    certificateFinding(facts.cluster.certificate.notAfter, nowMs),
    ...peerFindings(facts),
    ...clockFindings(facts),
    ...firewallFindings(facts),
    ...vmFindings(facts),
  ]
}

function certificateFinding(notAfter: string, nowMs: number): Finding {
  const subject = 'certificate'
  const leftMs = Date.parse(notAfter) - nowMs
  const hint =
    'renew it with `flotilla rotate` while a node that holds the authority is reachable; one that has expired needs ' +
    'a new invitation: `flotilla invite` there, `flotilla join TOKEN` here'
  if (leftMs <= 0) return { subject, state: 'failed', what: `it has expired on ${notAfter}`, hint }
  const what = `it is good for another ${durationText(Math.round(leftMs / 1_000))}`
  if (leftMs > certificateEndsMs) return { subject, state: 'ok', what: `${what}, and renewed by itself before` }
  return { subject, state: 'warning', what: `${what} only, and was not renewed yet`, hint }
}

function peerFindings({ others, bans, refusals }: MeshFacts): readonly Finding[] {
  const subject = 'peers'
  const banned: readonly Finding[] = bans.map(({ id, reason }) => ({
    subject,
    state: 'warning',
    what: `this node refuses ${id}: ${reason}`,
    hint: `take that back with: flotilla unban ${id}`,
  }))
  if (others.length === 0) {
    const hint = 'invite a machine: `flotilla invite` prints a token for it'
    return [{ subject, state: 'ok', what: 'nobody else is in the cluster yet', hint }, ...banned]
  }
  const linked = others.filter(({ connected }) => connected)
  const gone = others.filter(({ connected, status }) => !connected && status !== 'left')
  const why = refusedText(refusals)
  if (linked.length === 0) {
    return [
      {
        subject,
        state: 'failed',
        what: `none of ${others.length} other nodes is connected${why}`,
        hint:
          'see that they run (`flotilla status` there), that the mesh port is open by TCP and UDP on both sides, and ' +
          'name one with --peer HOST:PORT where no beacon reaches',
      },
      ...banned,
    ]
  }
  if (gone.length > 0) {
    const what = `${linked.length} of ${others.length} are connected; without ${namesText(gone)}${why}`
    return [{ subject, state: 'warning', what, hint: 'see that they run, with `flotilla status` there' }, ...banned]
  }
  return [{ subject, state: 'ok', what: `all ${others.length} others are connected` }, ...banned]
}

function refusedText(refusals: Readonly<Record<string, number>>): string {
  const kinds = Object.entries(refusals).filter(([, count]) => count > 0)
  if (kinds.length === 0) return ''
  return `; connections failed: ${kinds.map(([kind, count]) => `${kind} ${count}`).join(', ')}`
}

function clockFindings({ checkups, refusals }: MeshFacts): readonly Finding[] {
  const subject = 'clocks'
  const hint = 'let a time service keep the time on each machine, as `timedatectl set-ntp true` does'
  const early = refusals['not-yet-valid'] ?? 0
  const turned: readonly Finding[] =
    early === 0
      ? []
      : [
          {
            subject,
            state: 'warning',
            what: `${early} connections failed because a certificate is not good yet: a clock is wrong`,
            hint,
          },
        ]
  const known = (checkups ?? []).filter(({ why }) => why === null)
  const off = known.filter((checkup) => apartMs(checkup) > clockApartMs)
  if (off.length === 0) {
    if (known.length === 0) return turned
    const [worst] = known.toSorted((one, other) => apartMs(other) - apartMs(one))
    const within = worst === undefined ? 0 : Math.max(apartMs(worst), worst.clockErrorMs)
    const what = `those of ${known.length} others agree with this one within ${Math.ceil(within)} ms`
    return [{ subject, state: 'ok', what }, ...turned]
  }
  const isLate = off.every(({ clockAheadMs }) => clockAheadMs > 0)
  const who = off.length > 1 && off.length === known.length ? 'this one' : namesText(off)
  return [
    ...off.slice(0, doctorNamesShownMax).map((checkup): Finding => {
      const text = durationText(Math.abs(checkup.clockAheadMs) / 1_000)
      const what = `that of ${checkup.name} is ${text} ${checkup.clockAheadMs > 0 ? 'ahead of' : 'behind'} this one`
      const state = apartMs(checkup) > clockApartMsMax ? 'failed' : 'warning'
      const suspect = off.length > 1 && isLate ? '; all differ, so it is likely this one that is wrong' : ''
      return { subject, state, what, hint: `set the clock of ${who}: ${hint}${suspect}` }
    }),
    ...turned,
  ]
}

/** What is sure of how far apart they are. */
function apartMs({ clockAheadMs, clockErrorMs }: Checkup): number {
  return Math.max(0, Math.abs(clockAheadMs) - clockErrorMs)
}

function firewallFindings({ checkups, listening, sent, others }: MeshFacts): readonly Finding[] {
  const told = (checkups ?? []).filter(({ why, dialled }) => why === null && dialled.length > 0)
  const cut = told.filter(({ dialled }) => dialled.every(({ outcome }) => outcome !== 'open'))
  const [first] = cut
  const open = `let it in on this machine, as \`ufw allow ${portOf(listening)}\` or \`firewall-cmd --add-port\` do`
  const tcp: readonly Finding[] =
    first === undefined
      ? told.length === 0
        ? []
        : [{ subject: 'tcp', state: 'ok', what: `${told.length} others can connect to the mesh port` }]
      : [
          {
            subject: 'tcp',
            state: 'warning',
            what:
              `${namesText(cut)} cannot connect to this node: ` +
              first.dialled.map(({ address, outcome }) => `${address} ${outcome}`).join(', '),
            hint: `${open}; or say with --advertise where this node is reached`,
          },
        ]
  const total = sent.datagram + sent.connection
  if (others.every(({ connected }) => !connected) || total < cliLimitsDefaults.datagramsJudgedMin) return tcp
  if (sent.connection / total < datagramsLostShare) {
    return [...tcp, { subject: 'udp', state: 'ok', what: 'the others answer by datagrams' }]
  }
  const what =
    'datagrams are lost, so that the nodes look after each other over their connections: a node that is gone is ' +
    'noticed later'
  return [...tcp, { subject: 'udp', state: 'warning', what, hint: `UDP too: ${open}, and 17996/udp for beacons` }]
}

function portOf(listening: readonly string[]): string {
  return /:(\d+)$/.exec(listening[0] ?? '')?.[1] ?? '7440'
}

function vmFindings({ vms }: MeshFacts): readonly Finding[] {
  const subject = 'vms'
  const wrong = vms.filter(({ state }) => state === 'refused' || state === 'silent' || state === 'held-off')
  if (wrong.length === 0) {
    return vms.length === 0 ? [] : [{ subject, state: 'ok', what: `${vms.length} channels are as they should be` }]
  }
  return wrong.slice(0, doctorNamesShownMax).map(({ vm, node, state, why }) => ({
    subject,
    state: state === 'silent' ? 'warning' : 'failed',
    what: `${vm} on ${node || 'this node'}: ${why ?? state}`,
    hint:
      state === 'silent'
        ? 'see that the agent runs in it (`systemctl status flotilla-agent`), and that it has the port'
        : 'see who owns its socket on the host, and with `flotilla vm info` what its agent allows',
  }))
}

function namesText(nodes: readonly { readonly name: string }[]): string {
  const names = nodes.slice(0, doctorNamesShownMax).map(({ name }) => name || 'a node without a name')
  const more = nodes.length - names.length
  return more > 0 ? `${names.join(', ')} and ${more} more` : names.join(', ')
}
