import type { QgaOsInfo, QgaSystem } from '../../qga/contract.ts'
import type { MachineFiles } from './machine-files.ts'
import { earliestLogins, parseLoginRecords, type LoginRecord, type LoginRecordLayout } from './parsing/login-records.ts'
import { parseVariables } from './parsing/variables.ts'

export async function osInfoOf(files: MachineFiles, machine: string): Promise<QgaOsInfo> {
  const [release, version, ...texts] = await Promise.all([
    files.text('/proc/sys/kernel/osrelease'),
    files.text('/proc/sys/kernel/version'),
    files.text('/etc/os-release'),
    files.text('/usr/lib/os-release'),
  ])
  const told = parseVariables(texts.find((text) => text !== undefined) ?? '')
  const field = (name: keyof QgaOsInfo, value: string | undefined): Partial<QgaOsInfo> =>
    value === undefined || value === '' ? {} : { [name]: value }
  return {
    machine,
    ...field('kernelRelease', release?.trim()),
    ...field('kernelVersion', version?.trim()),
    ...field('id', told.get('ID')),
    ...field('name', told.get('NAME')),
    ...field('prettyName', told.get('PRETTY_NAME')),
    ...field('version', told.get('VERSION')),
    ...field('versionId', told.get('VERSION_ID')),
    ...field('variant', told.get('VARIANT')),
    ...field('variantId', told.get('VARIANT_ID')),
  }
}

const sessions = '/run/systemd/sessions'

type Users = Awaited<ReturnType<NonNullable<QgaSystem['users']>>>

/** By the records of logins, or by systemd's sessions where there are no records any more. */
export async function usersOf(files: MachineFiles, layout: LoginRecordLayout, listedMax: number): Promise<Users> {
  const bytes = (await files.bytes('/run/utmp')) ?? (await files.bytes('/var/run/utmp'))
  if (bytes !== undefined) return earliestLogins(parseLoginRecords(bytes, layout)).slice(0, listedMax)
  const names = (await files.names(sessions)).filter((name) => !name.includes('.')).slice(0, listedMax)
  const told = await Promise.all(names.map((name) => files.text(`${sessions}/${name}`)))
  return earliestLogins(told.map((text) => sessionOf(parseVariables(text ?? ''))).filter((each) => each !== undefined))
}

function sessionOf(session: ReadonlyMap<string, string>): LoginRecord | undefined {
  const user = session.get('USER')
  const microseconds = session.get('REALTIME')
  const isPerson = session.get('CLASS')?.startsWith('user') === true
  if (user === undefined || microseconds === undefined || !isPerson || !/^\d{1,17}$/.test(microseconds)) {
    return undefined
  }
  return { user, loginTimeSeconds: Number(microseconds) / 1e6 }
}
