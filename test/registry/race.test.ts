import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { promoteModel, type StageChange } from '../../src/pipeline/promote-model.ts'
import { openStateStore } from '../../src/refs/open-state-store.ts'
import type { StateStore } from '../../src/refs/state-store.ts'
import { ModelRegistry } from '../../src/registry/model-registry.ts'
import { ModelStages } from '../../src/registry/model-stages.ts'
import { type Bed, makeBed } from '../github/bed/bed.ts'
import { now, publishAll, who } from './stages.ts'
import { modelVersion } from './versions.ts'

let bed: Bed
let store: StateStore
const address = (): string => `http://127.0.0.1:${bed.server.port}/octo/income.git`

beforeAll(async () => {
  bed = await makeBed()
  const signal = new AbortController().signal
  store = await openStateStore({ workingDirectory: '.', remote: address(), token: 'job', signal })
})
afterAll(async () => {
  await store.close()
  await bed.server.close()
})

type Promoter = { child: ChildProcessWithoutNullStreams; lines: AsyncIterator<string> }

async function promoter(version: string): Promise<Promoter> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'promoter.ts'), address(), 'job', version])
  child.stderr.pipe(process.stderr)
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  expect((await lines.next()).value).toBe('ready')
  return { child, lines }
}

async function answerOf({ child, lines }: Promoter): Promise<StageChange> {
  const ended = once(child, 'close')
  const { value } = await lines.next()
  await ended
  return JSON.parse(value)
}

describe('eight promoters at the same time', () => {
  const versions = Array.from({ length: 8 }, (_, index) => `1.${index + 1}.0`)

  it('have one winner; the others are told to gate again, and the stage has one head', async () => {
    await publishAll(store, ['1.0.0'])
    await publishAll(store, versions, '1.0.0')
    const first = { store, model: 'churn', stage: 'production', version: '1.0.0', why: 'the first', who, now }
    expect(await promoteModel(first)).toMatchObject({ outcome: 'promoted' })

    const promoters = await Promise.all(versions.map(promoter))
    for (const { child } of promoters) child.stdin.write('go\n')
    const changes = await Promise.all(promoters.map(answerOf))

    const winners = changes.flatMap((change) => (change.outcome === 'promoted' ? change.stored : []))
    expect(winners).toHaveLength(1)
    const losers = changes.flatMap((change) => (change.outcome === 'refused' ? change.refusal : []))
    expect(losers).toHaveLength(7)
    for (const { code, help } of losers) {
      expect(code).toBe('promotion/lost-race')
      expect(help).toContain('Gate it again against the champion')
    }
    const history = await new ModelStages(store).history('churn', 'production')
    expect(history.map(({ id }) => id)).toEqual([winners[0]?.id, expect.any(String)])
    const refs = await bed.repository.git.listRefs('refs/modelgate/stage/')
    expect(refs.map(({ name }) => name)).toEqual(['refs/modelgate/stage/churn/production'])
  })

  it('repeats nothing for the winner, and lets a loser win after a new verdict', async () => {
    const stages = new ModelStages(store)
    const [head] = await stages.history('churn', 'production')
    const winner = head?.record.version ?? ''
    const loser = versions.find((version) => version !== winner) ?? ''
    const request = { store, model: 'churn', stage: 'production', why: 'again', who, now }
    expect(await promoteModel({ ...request, version: winner })).toMatchObject({
      outcome: 'unchanged',
      stored: { id: head?.id },
    })
    const gate = { ...modelVersion(loser).gate, comparedWith: { run: `run-${winner}` } }
    const change = await promoteModel({ ...request, version: loser, fresh: { run: `run-${loser}`, gate } })
    expect(change).toMatchObject({ outcome: 'promoted', previous: { id: head?.id } })
    expect(await stages.history('churn', 'production')).toHaveLength(3)
  })
})

describe('versions over git', () => {
  it('are taken once, whoever comes at the same time', async () => {
    const registry = new ModelRegistry(store)
    const one = modelVersion('2.0.0', { by: 'ada' })
    const another = modelVersion('2.0.0', { by: 'bob', bundle: modelVersion('2.1.0').bundle })
    const outcomes = await Promise.allSettled([one, another, one].map((record) => registry.reserve(record)))
    const kept = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? outcome.value.record.bundle : []))
    expect(new Set(kept).size).toBe(1)
    expect([1, 2]).toContain(kept.length)
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'registry/other-content' })
  })
})
