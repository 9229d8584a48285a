import { exitCodeOf, exitCodes, formatError, ModelgateError } from '../base/error.ts'
import { loadConfig, locateConfig } from '../config/load.ts'
import type { RunRecord } from '../record/run-record.ts'
import type { Bundle, BundleFile } from '../registry/bundle/bundle.ts'
import type { Location } from '../registry/channels/channel.ts'
import { ModelRegistry, type StoredVersion } from '../registry/model-registry.ts'
import type { ModelVersion, Publication } from '../registry/model-version.ts'
import { checkRun } from './checked-run.ts'
import { modelOf } from './make-bundle.ts'
import type { NamedChannel } from './open-channels.ts'
import { type MadeVersion, makeVersion } from './publish-bundle.ts'
import type { PublishRequest, PublishStep } from './publish-request.ts'
import type { ChannelResult, PublishResult } from './publish-result.ts'
import { type ChosenVersion, chooseVersion, contentOf, requireOpen, requireSameBundle } from './publish-version.ts'
import { requireAsRecorded } from './recorded-run.ts'

/** How often a name that others took meanwhile is given up for the next. */
const mostLost = 5

/**
 * Publishes the model of a run: check, reserve the version, upload, verify by reading back, make visible, record. The process may die after any step: the
 * next call finds what is there and goes on. Throws the errors of `makeBundle`, of the registry, and of the checks of channels; what fails in one
 * channel later leaves that one pending, and is told in the result.
 */
export async function publishModel(request: PublishRequest): Promise<PublishResult> {
  const loaded = await loadConfig(locateConfig(request.workingDirectory, request.config), request.workingDirectory)
  const model = modelOf(loaded)
  const channels = await request.openChannels(loaded)
  // Also of a model that has a version already: a gate that blocks is not answered with "published".
  const checked = await checkRun(request, loaded, model.path)
  const { record } = checked.evidence
  const registry = new ModelRegistry(request.store)
  const run = { id: record.id, content: contentOf(record, model.path) }
  const heard = await requireAsRecorded(request.store, checked)
  const lost: string[] = []
  for (;;) {
    const wish = { ...request, scheme: model.versions }
    const list = await registry.versions(model.name)
    const chosen = chooseVersion(list, run, wish, lost)
    const lacking = await placesWithout(chosen, channels, record)
    const done = whatIsDone(chosen, channels, record, request, lacking)
    if (done !== undefined) return { ...done, notes: [...heard, ...done.notes] }
    const made = await makeVersion(request, loaded, chosen.version, checked)
    try {
      if (chosen.known !== undefined) requireSameBundle(chosen.known.record, made.version.bundle)
      // Of a model inside a recorded folder the digest is known only now.
      run.content ??= made.version.content
      if (chosen.known === undefined && chooseVersion(list, run, wish, lost).known !== undefined) continue
      for (const { name, channel } of channels) {
        // A place that has it already keeps nobody from bringing it to the others.
        if (chosen.known?.record.channels[name]?.state === 'published' && !lacking.has(name)) continue
        request.observer.step('check', name)
        await channel.check(made.bundle).catch(async (error: unknown) => {
          // Who finds the number taken in the registry as well was overtaken, and is told so.
          if (hasCode(error, 'channel/other-content')) await registry.requireFree(made.version)
          throw error
        })
      }
      request.observer.step('reserve')
      const result = await carryOut(request, registry, channels, made, lacking)
      return { ...result, notes: [...uncommitted(record), ...heard, ...result.notes] }
    } catch (error) {
      // Somebody else took the number for another model: it was only the next one, nobody asked for it by name.
      if (request.version !== undefined || !isTaken(error) || lost.push(chosen.version) > mostLost) throw error
    } finally {
      await made.remove()
    }
  }
}

async function carryOut(
  request: PublishRequest,
  registry: ModelRegistry,
  channels: readonly NamedChannel[],
  { bundle, version }: MadeVersion,
  lacking: ReadonlySet<string>,
): Promise<PublishResult> {
  const { observer } = request
  const planned = Object.fromEntries(channels.map(({ name, channel }) => [name, pending(channel.kind)]))
  const reserved = await registry.reserve({ ...version, channels: planned })
  requireOpen(reserved.record, version.run.id)
  const open = channels.filter(({ name }) => reserved.record.channels[name]?.state !== 'published' || lacking.has(name))
  const problems = new Map<string, unknown>()
  const attempt = async (name: string, step: PublishStep, act: () => Promise<void>): Promise<void> => {
    if (problems.has(name)) return
    observer.step(step, name)
    try {
      await act()
    } catch (error) {
      if (request.signal.aborted) throw cancelled()
      problems.set(name, error)
    }
  }
  for (const { name, channel } of open)
    await attempt(name, 'upload', () => channel.upload(bundle, progressOf(request, name, bundle)))
  for (const { name, channel } of open) await attempt(name, 'verify', () => channel.verify(bundle))
  let stored: StoredVersion = reserved
  for (const { name, channel } of open)
    await attempt(name, 'reveal', async () => {
      const location = await channel.reveal(bundle)
      observer.step('record', name)
      stored = await advanced(registry, stored, request, { [name]: published(channel.kind, location) })
    })
  const results = Object.fromEntries(
    channels.map(({ name, channel }) => [
      name,
      resultOf(stored.record.channels[name] ?? pending(channel.kind), problems.get(name)),
    ]),
  )
  const [problem] = problems.values()
  const result: PublishResult = {
    schema: 'modelgate/publication@1',
    exitCode: problem === undefined ? exitCodes.pass : exitCodeOf(problem),
    outcome: problem === undefined ? 'published' : 'incomplete',
    ...aboutOf(stored.record),
    channels: results,
    notes: [],
  }
  const restored = [...lacking].map(
    (name) =>
      `${name} did not have version ${version.version} any more${problems.has(name) ? '' : ': it was sent again'}.`,
  )
  return { ...result, notes: [...restored, ...(await notesAfter(request, bundle, result))] }
}

/** Names of the channels from which this run was taken away after it was published there. Throws what a channel says that cannot tell. */
async function placesWithout(
  { known }: ChosenVersion,
  channels: readonly NamedChannel[],
  record: RunRecord,
): Promise<Set<string>> {
  if (known === undefined || known.record.run.id !== record.id) return new Set()
  const published = channels.filter(({ name }) => known.record.channels[name]?.state === 'published')
  const found = await Promise.all(
    published.map(async ({ name, channel }) => ({ name, there: await channel.has(known.record) })),
  )
  return new Set(found.filter(({ there }) => !there).map(({ name }) => name))
}

/** The result when there is nothing to do: this run, or this very model, is published everywhere it should be. */
function whatIsDone(
  { known }: ChosenVersion,
  channels: readonly NamedChannel[],
  record: RunRecord,
  { signer }: PublishRequest,
  lacking: ReadonlySet<string>,
): PublishResult | undefined {
  if (known === undefined) return undefined
  const { record: there } = known
  requireOpen(there, record.id)
  const sameRun = there.run.id === record.id
  // Who asks for a signature is not told that all is done without one.
  if (sameRun && signer !== undefined && there.signature !== signer.method) requireSameBundle(there, undefined)
  const everywhere = channels.every(({ name }) => there.channels[name]?.state === 'published' && !lacking.has(name))
  // The bundle of another run has other evidence, so it cannot be put beside this one.
  if (sameRun && !(there.state === 'published' && everywhere)) return undefined
  return {
    schema: 'modelgate/publication@1',
    exitCode: exitCodes.pass,
    outcome: 'unchanged',
    ...aboutOf(there),
    channels: Object.fromEntries(Object.entries(there.channels).map(([name, each]) => [name, resultOf(each)])),
    notes: sameRun
      ? []
      : [
          `Run ${record.id} made the very model that version ${there.version} holds, from run ${there.run.id}: there is nothing to publish.`,
        ],
  }
}

/** Writes what is published now, on top of what others wrote meanwhile. */
async function advanced(
  registry: ModelRegistry,
  from: StoredVersion,
  { by, now }: PublishRequest,
  done: Record<string, Publication>,
): Promise<StoredVersion> {
  let stored = from
  for (let tries = 0; ; tries += 1) {
    const channels = { ...stored.record.channels, ...done }
    const whole = allPublished({ channels })
    const state = stored.record.state === 'staged' && whole ? 'published' : stored.record.state
    try {
      return await registry.advance(stored, { ...stored.record, channels, state, by, at: now.toISOString() })
    } catch (error) {
      const changed = hasCode(error, 'registry/changed')
      const current =
        changed && tries < mostLost ? await registry.version(stored.record.model, stored.record.version) : undefined
      if (current === undefined) throw error
      stored = current
    }
  }
}

function progressOf({ observer, signal }: PublishRequest, name: string, bundle: Bundle) {
  const total = bundle.files.reduce((sum, { bytes }) => sum + bytes, 0)
  const sent = new Map<string, number>()
  let all = 0
  const onBytes = ({ path }: BundleFile, bytes: number): void => {
    all += bytes - (sent.get(path) ?? 0)
    sent.set(path, bytes)
    observer.bytes(name, all, total)
  }
  return { onBytes, signal }
}

/** The card says it too; whoever publishes should not find it there first. */
function uncommitted({ id, source }: RunRecord): string[] {
  if (source !== null && !source.dirty) return []
  return [
    source === null
      ? `Run ${id} was made outside of git: no commit says what made this model.`
      : `Run ${id} was made with changes that are not committed: its commit alone does not make this model again.`,
  ]
}

async function notesAfter({ after }: PublishRequest, bundle: Bundle, result: PublishResult): Promise<string[]> {
  if (after === undefined || result.outcome !== 'published') return []
  try {
    return [...(await after(bundle, result))]
  } catch (error) {
    return [formatError(error)]
  }
}

function cancelled(): ModelgateError {
  return new ModelgateError({
    code: 'publish/cancelled',
    kind: 'cancelled',
    message: 'The publication was stopped.',
    help: 'Run the command again: it goes on where it stopped.',
  })
}

function isTaken(error: unknown): boolean {
  return hasCode(error, 'registry/other-content', 'registry/abandoned')
}

function hasCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof ModelgateError && codes.includes(error.code)
}

function allPublished({ channels }: Pick<ModelVersion, 'channels'>): boolean {
  return Object.values(channels).every(({ state }) => state === 'published')
}

function pending(channel: Publication['channel']): Publication {
  return { channel, state: 'pending' }
}

function published(channel: Publication['channel'], { location, digest }: Location): Publication {
  return { channel, state: 'published', location, ...(digest === undefined ? {} : { digest }) }
}

function resultOf(publication: Publication, problem?: unknown): ChannelResult {
  if (problem === undefined) return publication
  const { code, message, help } =
    problem instanceof ModelgateError
      ? problem
      : { code: 'tool/unexpected', message: formatError(problem), help: undefined }
  return { ...publication, problem: { code, message, ...(help === undefined ? {} : { help }) } }
}

function aboutOf({ model, version, state, bundle, content, run }: ModelVersion) {
  return { model, version, state, bundle, content, run }
}
