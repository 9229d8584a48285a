import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Client, createClient } from '../../src/github/client.ts'
import { type Fault, Loopback } from './loopback.ts'

const issue = { owner: 'octo', repo: 'income', issue_number: 7 }

let github: Loopback

beforeEach(async () => {
  github = await Loopback.start()
})
afterEach(() => github.close())

function connect(log?: (line: string) => void): Promise<Client> {
  return createClient({ token: 'good-token', apiUrl: github.url, retryPause: 5, ...(log === undefined ? {} : { log }) })
}

function plant(
  method: string,
  times: number,
  answer: Fault['answer'] = { status: 502, message: 'Server Error' },
): void {
  for (let index = 0; index < times; index += 1) github.faults.push({ method, timing: 'before', answer })
}

describe('every request', () => {
  test('names the version of the API, the program and the token', async () => {
    await (await connect()).rest.issues.listComments(issue)
    const headers = github.requests[0]?.headers
    expect(headers?.['x-github-api-version']).toBe('2022-11-28')
    expect(headers?.['user-agent']).toMatch(/^modelgate /)
    expect(headers?.authorization).toBe('token good-token')
  })

  test('goes below the path of the API, as on GitHub Enterprise Server', async () => {
    const client = await createClient({ token: 'good-token', apiUrl: `${github.url}/api/v3/` })
    expect(client.request.endpoint('GET /meta').url).toBe(`${github.url}/api/v3/meta`)
  })

  test('is one line of the debug log, and nothing on the console', async () => {
    const written = [vi.spyOn(console, 'warn'), vi.spyOn(console, 'error'), vi.spyOn(console, 'log')]
    const lines: string[] = []
    const client = await connect((line) => lines.push(line))
    await client.rest.issues.listComments(issue)
    plant('GET', 1, { status: 404, message: 'Not Found', headers: { deprecation: 'true', sunset: 'tomorrow' } })
    await expect(client.rest.issues.listComments(issue)).rejects.toMatchObject({ status: 404 })
    await expect((await connect()).rest.issues.listEvents(issue)).rejects.toMatchObject({
      status: 500,
    })
    expect(lines[0]).toMatch(/^GET \/repos\/octo\/income\/issues\/7\/comments - 200 with id undefined in \d+ms$/)
    expect(lines[1]).toMatch(/GET .* is deprecated/)
    expect(lines[2]).toMatch(/- 404 with id UNKNOWN/)
    expect(written.map((spy) => spy.mock.calls)).toEqual([[], [], []])
    await expect(github.close()).rejects.toThrow('unknown route GET /repos/octo/income/issues/7/events')
    github = await Loopback.start()
  })

  test('needs a token', async () => {
    const creating = createClient({ token: '', apiUrl: github.url })
    await expect(creating).rejects.toMatchObject({ code: 'github/no-token', kind: 'user' })
  })
})

describe('a retry', () => {
  test.each([
    ['server errors', { status: 502, message: 'Server Error' }],
    ['lost connections', 'drop'],
  ] as const)('of a GET comes three times after %s', async (_, answer) => {
    github.add('hello', 'octocat')
    plant('GET', 3, answer)
    const { data } = await (await connect()).rest.issues.listComments(issue)
    expect(data.map(({ body }) => body)).toEqual(['hello'])
    expect(github.requests).toHaveLength(4)
  })

  test('of a GET comes no fourth time', async () => {
    plant('GET', 4)
    await expect((await connect()).rest.issues.listComments(issue)).rejects.toMatchObject({ status: 502 })
    expect(github.requests).toHaveLength(4)
  })

  test('of a POST never comes', async () => {
    plant('POST', 1)
    const posting = (await connect()).rest.issues.createComment({ ...issue, body: 'x' })
    await expect(posting).rejects.toMatchObject({ status: 502 })
    expect(github.requests).toHaveLength(1)
  })

  test('of a POST never comes, even when the caller asks for it', async () => {
    plant('POST', 1)
    const posting = (await connect()).request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', {
      ...issue,
      body: 'x',
      request: { retries: 3 },
    })
    await expect(posting).rejects.toMatchObject({ status: 502 })
    expect(github.requests).toHaveLength(1)
  })

  test.each([401, 403, 404, 422, 429])('does not follow a %i', async (status) => {
    plant('GET', 1, { status, message: 'no' })
    await expect((await connect()).rest.issues.listComments(issue)).rejects.toMatchObject({ status })
    expect(github.requests).toHaveLength(1)
  })
})
