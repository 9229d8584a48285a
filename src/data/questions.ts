import { isDeepStrictEqual } from 'node:util'
import { ModelgateError } from '../base/error.ts'
import { didYouMean } from '../base/suggest.ts'
import { type DriftSettings, driftSettings } from '../config/checks/drift-settings.ts'
import { type ReadOptions, readOptions } from '../config/checks/read-options.ts'
import type { DataDiff } from '../record/data-diff.ts'
import type { DriftReport } from '../record/data-report.ts'
import { diffData } from './diff/diff-data.ts'
import { measureDrift } from './drift/measure-drift.ts'
import { type NamedRequest, type NamedSession, openNamed } from './open-named.ts'
import type { DataProfile } from './profile/data-profile.ts'
import { profileRelation } from './profile/profile-relation.ts'
import { readProfile, refuseProfile } from './profile/read-profile.ts'
import { requireReadable } from './readable.ts'
import type { Relation } from './relation.ts'
import type { NamedData } from './session.ts'
import { readFacts } from './suggest/facts.ts'
import { type AsRead, suggestChecks } from './suggest/suggest-checks.ts'

/**
 * What can be asked of data without checks: each opens the data, answers, and closes them. All throw like `openSession`, and for a profile
 * instead of data, rows that could not be read, and a sensitive column that is not there.
 */

export async function profileData(request: NamedRequest, data: NamedData): Promise<DataProfile> {
  return await asked(request, { data }, async (session) => {
    const relation = session.relation('data')
    return await profileRelation(session.engine, relation, {
      sensitive: session.sensitive,
      onProgress: (done, total) => {
        if (done % 100 === 0) request.onProgress?.(`Profile: ${done} of ${total} columns`)
      },
    })
  })
}

/** A checks file in words of YAML, which the data pass. */
export async function suggestData(request: NamedRequest, data: NamedData): Promise<string> {
  return await asked(request, { data }, async (session) => {
    const relation = session.relation('data')
    const profile = await profileRelation(session.engine, relation, { sensitive: session.sensitive })
    const facts = await readFacts(session.engine, relation, session.sensitive)
    return suggestChecks(profile, facts, data.name, asRead(request, data))
  })
}

function asRead({ checks }: NamedRequest, data: NamedData): AsRead {
  const said = 'path' in data ? Object.entries(data.read ?? {}).filter(([, value]) => value !== undefined) : []
  const usual = readOptions.parse({})
  const all = Object.entries({ ...checks?.checks.read, ...Object.fromEntries(said) })
  const columns = Object.entries(checks?.checks.schema?.columns ?? {})
  return {
    read: Object.fromEntries(all.filter(([key, value]) => !isDeepStrictEqual(value, usual[key as keyof ReadOptions]))),
    dateFormats: Object.fromEntries(
      columns.flatMap(([name, spec]) => (spec?.['date-format'] === undefined ? [] : [[name, spec['date-format']]])),
    ),
  }
}

/** How far the current data are from a reference, which is data or a profile. Settings are those of the checks, or the defaults. */
export async function driftData(request: NamedRequest, reference: NamedData, current: NamedData): Promise<DriftReport> {
  const settings: DriftSettings = request.checks?.checks.drift ?? driftSettings.parse({})
  const profile = await readProfile(reference, request.root, request.within)
  const data = profile === undefined ? { reference, current } : { current }
  return await asked(request, data, async (session) => {
    return await measureDrift(session.engine, {
      current: session.relation('current'),
      reference: profile ?? session.relation('reference'),
      referenceName: reference.name,
      settings,
      sensitive: session.sensitive,
    })
  })
}

/** What changed between two versions of data, by key, or by whole rows without one. */
export async function diffBetween(
  request: NamedRequest & { key: readonly string[]; samples: number },
  before: NamedData,
  after: NamedData,
): Promise<DataDiff> {
  return await asked(request, { before, after }, async (session) => {
    const { sensitive, engine } = session
    const options = { sensitive, samples: request.samples }
    return await diffData(engine, session.relation('before'), session.relation('after'), request.key, options)
  })
}

/** A mistyped name would show what was to be hidden. Throws `data/sensitive-column`. */
function requireKnown(sensitive: readonly string[], relations: readonly Relation[]): void {
  const known = relations.flatMap(({ columns }) => columns.map(({ name }) => name))
  const unknown = sensitive.find((name) => !known.includes(name))
  if (unknown === undefined) return
  throw new ModelgateError({
    code: 'data/sensitive-column',
    message: `The sensitive column "${unknown}" is not in the data.`,
    help: didYouMean(unknown, known),
  })
}

async function asked<Answer>(
  request: NamedRequest,
  data: Readonly<Record<string, NamedData>>,
  answer: (session: NamedSession) => Promise<Answer>,
): Promise<Answer> {
  for (const named of Object.values(data)) await refuseProfile(named, request.root, request.within)
  const session = await openNamed(request, data)
  try {
    const relations = [...session.relations().values()]
    requireKnown(request.sensitive ?? [], relations)
    for (const relation of relations) {
      requireReadable(relation)
      for (const note of relation.notes) request.onNote?.(note)
    }
    return await answer(session)
  } finally {
    await session.close()
  }
}
