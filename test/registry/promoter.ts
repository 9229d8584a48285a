import { argv, stdin, stdout } from 'node:process'
import { promoteModel } from '../../src/pipeline/promote-model.ts'
import { openStateStore } from '../../src/refs/open-state-store.ts'

/**
 * One of several promoters at the same time, in a process of its own: `node promoter.ts <address> <token> <version>`. Says `ready`, waits for a
 * line, promotes, and says what came of it.
 */
const [, , remote = '', token = '', version = ''] = argv
const signal = new AbortController().signal
const store = await openStateStore({ workingDirectory: '.', remote, token, signal })
stdout.write('ready\n')
stdin.once('data', async () => {
  stdin.destroy()
  const who = { actor: `promoter-of-${version}`, approvers: [], via: 'token' as const }
  const request = { store, model: 'churn', stage: 'production', version, why: `${version} is better`, who }
  const change = await promoteModel({ ...request, now: new Date() })
  await store.close()
  stdout.write(`${JSON.stringify(change)}\n`)
})
