import { expect, it } from 'vitest'
import { runAction } from '../e2e/action.ts'
import { makeBed } from '../github/bed/bed.ts'
import pullRequestPayload from '../github/payloads/pull_request.json' with { type: 'json' }
import pushPayload from '../github/payloads/push.json' with { type: 'json' }

/** What the workflow tests do not reach: wrong inputs, and events that promote nothing. Nothing of this may write. */
it('promotes nothing by inputs that are wrong, and by events that are not trusted', async () => {
  const bed = await makeBed()
  const whole = { model: 'churn', stage: 'production', version: '1.0.0', because: 'better' }
  const dispatch = { name: 'workflow_dispatch', payload: {}, sha: bed.main, ref: 'refs/heads/main' }
  const onPull = { name: 'pull_request', payload: pullRequestPayload }
  const pushed = { ...pushPayload, before: '0'.repeat(40), after: bed.main, ref: 'refs/heads/main' }
  const push = { name: 'push', payload: pushed, sha: bed.main, ref: 'refs/heads/main' }
  const elsewhere = { ...push, payload: { ...pushed, ref: 'refs/heads/other' }, ref: 'refs/heads/other' }
  const promote = async (inputs: Record<string, string>, event: typeof dispatch | typeof onPull) =>
    await runAction('promote', {
      cwd: '/',
      inputs: { token: 'job', ...inputs },
      event,
      env: { GITHUB_API_URL: bed.server.url, GITHUB_SERVER_URL: bed.server.url },
    })
  for (const [inputs, event, exitCode, words] of [
    [{ ...whole, because: '' }, dispatch, 2, 'The input "because" is needed here'],
    [{ ...whole, stage: '' }, dispatch, 2, 'The input "stage" is needed here'],
    [{ ...whole, version: '' }, dispatch, 2, 'The input "version" is needed here'],
    [{}, dispatch, 2, 'The input "model" is needed here'],
    [{ ...whole, model: '../x' }, dispatch, 2, 'is no name of a model'],
    [whole, dispatch, 2, 'There is no version 1.0.0 of churn'],
    [whole, onPull, 2, 'Models are not promoted by the event pull_request'],
    [{}, push, 0, 'cannot be told'],
    [{}, elsewhere, 0, 'other is not the default branch'],
  ] as const) {
    const { exitCode: ended, stdout, outputs } = await promote(inputs, event)
    expect([ended, stdout]).toEqual([exitCode, expect.stringContaining(words)])
    if (ended === 0) expect(outputs).toMatchObject({ outcome: 'nothing', changes: '[]' })
  }
  expect(bed.server.calls.filter((call) => call.startsWith('POST /repos'))).toEqual([])
  expect((await bed.repository.git.listRefs('refs/modelgate/')).length).toBe(0)
  await bed.server.close()
})
