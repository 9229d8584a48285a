/** What the server sends back. `data` goes out as JSON, `bytes` as they are; neither means an empty body. */
export type Answer = {
  status: number
  data?: unknown
  bytes?: Buffer
  headers?: Record<string, string>
}

/** A request that GitHub refuses: thrown by whoever notices, answered in GitHub's form. */
export class Refusal extends Error {
  readonly status: number
  readonly extra: Record<string, unknown>
  readonly headers: Record<string, string>

  constructor(
    status: number,
    message: string,
    extra: Record<string, unknown> = {},
    headers: Record<string, string> = {},
  ) {
    super(message)
    this.name = 'Refusal'
    this.status = status
    this.extra = extra
    this.headers = headers
  }
}

export const documentation = 'https://docs.github.com/rest'

/** The refusal as GitHub writes it; the status stands in the body as text. */
export function answerOf({ status, message, extra, headers }: Refusal, documentationUrl = documentation): Answer {
  const data = { message, ...extra, documentation_url: documentationUrl, status: String(status) }
  return { status, data, headers }
}

export function ok(data: unknown): Answer {
  return { status: 200, data }
}

export function created(data: unknown): Answer {
  return { status: 201, data }
}

export const noContent: Answer = { status: 204 }

export function notFound(): Refusal {
  return new Refusal(404, 'Not Found')
}

export function unprocessable(message: string): Refusal {
  return new Refusal(422, message)
}

/** GitHub's form for one bad field. */
export function validationFailed(resource: string, field: string, code: string, message?: string): Refusal {
  const error = { resource, field, code, ...(message === undefined ? {} : { message }) }
  return new Refusal(422, 'Validation Failed', { errors: [error] })
}

/** The element, or 404. */
export function found<T>(value: T | undefined): T {
  if (value === undefined) throw notFound()
  return value
}
