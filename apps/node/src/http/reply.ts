/** One answer, before it becomes headers and bytes. */
export interface Reply {
  readonly status: number
  readonly type: string
  readonly body: string | Uint8Array
  readonly headers?: Readonly<Record<string, string>>
}

export const contentTypes = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  script: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
  /** What Prometheus asks for. */
  metrics: 'text/plain; version=0.0.4; charset=utf-8',
} as const

export function jsonReply(status: number, value: unknown): Reply {
  return { status, type: 'application/json; charset=utf-8', body: `${JSON.stringify(value, undefined, 2)}\n` }
}

/** What every refusal of the API looks like. */
export interface Refusal {
  readonly status: number
  readonly code: string
  readonly message: string
  readonly hint: string
  readonly headers?: Readonly<Record<string, string>>
}

export function refusalReply({ status, code, message, hint, headers = {} }: Refusal): Reply {
  return { ...jsonReply(status, { error: { code, message, hint } }), headers }
}
