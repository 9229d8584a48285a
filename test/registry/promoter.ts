import { once } from 'node:events'
import { argv, stdin, stdout } from 'node:process'
import { promoteModel } from '../../src/pipeline/promote-model.ts'
import { openStateStore } from '../../src/refs/open-state-store.ts'

/**
 * One of several promoters at the same time, in a process of its own: `node promoter.ts <address> <token> <version>`. Looks at the stage, says `ready`,
 * waits for a line, makes its step, and says what came of it.
 */
const [, , remote = '', token = '', version = ''] = argv
const store = await openStateStore({
  workingDirectory: '.',
  remote,
  token,
  signal: new AbortController().signal,
})
const commit = store.commit.bind(store)
store.commit = async (made) => {
  stdout.write('ready\n')
  await once(stdin, 'data')
  stdin.destroy()
  return await commit(made)
}
const who = { actor: `promoter-of-${version}`, approvers: [], via: 'token' as const }
const request = { store, model: 'churn', stage: 'production', version, why: `${version} is better`, who }
const change = await promoteModel({ ...request, now: new Date() })
await store.close()
stdout.write(`${JSON.stringify(change)}\n`)
