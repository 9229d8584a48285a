import { oneLine, truncate } from '../base/escape.ts'
import type { GateSummary } from './gate-summary.ts'
import type { ModelVersion } from './model-version.ts'
import type { Promotion, StoredPromotion } from './promotion.ts'

/** Whether a version may be put into a stage. Pure, and the only place that decides it. */

/** `unchanged`: the stage stands for this version already. A refusal says what to do about it. */
export type Permission = { may: 'yes' } | { may: 'unchanged' } | ({ may: 'no' } & Refusal)
export type Refusal = { code: string; reason: string; help: string }

export type PromotionRequest = {
  version: ModelVersion
  stage: string
  /** What the stage stands for. */
  incumbent: StoredPromotion | undefined
  /** All versions of the model, as far as they can be read. */
  versions?: readonly ModelVersion[]
  /** A newer verdict, with the id of the run that it judges and the digests of what that run wrote. */
  fresh?: { run: string; content?: readonly string[]; gate: GateSummary }
  now: Date
}

/**
 * A version may be promoted when it is published, when its verdict is a pass (a waiver in force counts), and when that verdict compared it with the very
 * run that the stage stands for, or with one that made the same model. Where the stage stands for nothing the last does not apply.
 */
export function mayPromote({ version, stage, incumbent, versions = [], fresh, now }: PromotionRequest): Permission {
  const named = `version ${version.version} of ${version.model}`
  const stated = ofState(version, named) ?? ofTwin(version, versions, named)
  if (stated !== undefined) return stated
  if (incumbent?.record.version === version.version && incumbent.record.bundle === version.bundle)
    return { may: 'unchanged' }
  // A run that made the very same model was judged on the same model.
  const isOwn = fresh?.run === version.run.id || fresh?.content?.includes(version.content) === true
  if (fresh !== undefined && !isOwn) {
    return no(
      'promotion/other-run',
      `The verdict that was given is about run ${fresh.run}, and ${named} was made by run ${version.run.id}, which wrote another model.`,
      'Give the folder of a judgement of the run that was published.',
    )
  }
  const differs = fresh?.run === version.run.id ? ofMeasurement(version, fresh.gate, named) : undefined
  if (differs !== undefined) return differs
  const gate = fresh?.gate ?? version.gate
  return ofVerdict(gate, named, now) ?? ofIncumbent(gate, named, version, stage, incumbent?.record) ?? { may: 'yes' }
}

/** Why a version cannot be in a stage whatever its verdict, also by a rollback. `versions`: all of the model, as far as they can be read. */
export function unusable(version: ModelVersion, versions: readonly ModelVersion[]): Refusal | undefined {
  const named = `version ${version.version} of ${version.model}`
  const found = ofState(version, named) ?? ofTwin(version, versions, named)
  return found?.may === 'no' ? found : undefined
}

function ofState({ state, why, version }: ModelVersion, named: string): Permission | undefined {
  switch (state) {
    case 'published':
      return undefined
    case 'staged':
      return no(
        'promotion/not-published',
        `${capital(named)} is not published yet.`,
        'Run its publication again: it goes on where it stopped.',
      )
    case 'deprecated':
      return no(
        'promotion/deprecated',
        `${capital(named)} is deprecated${why === undefined ? '' : `: ${why}`}.`,
        'Promote a newer version.',
      )
    case 'abandoned':
      return no(
        'promotion/abandoned',
        `${capital(named)} was abandoned before it was published.`,
        `Publish under another number than ${version}.`,
      )
  }
}

/** What is wrong with a model is wrong with it under every number. */
function ofTwin(version: ModelVersion, versions: readonly ModelVersion[], named: string): Permission | undefined {
  const twin = versions.find(({ state, content }) => state === 'deprecated' && content === version.content)
  if (twin === undefined) return undefined
  return no(
    'promotion/deprecated',
    `${capital(named)} is the same model as version ${twin.version}, which is deprecated${twin.why === undefined ? '' : `: ${twin.why}`}.`,
    'Promote a version with another model.',
  )
}

/** Numbers end differently when sums are added up in another order. */
const tolerance = 1e-9

/** Of one run the same is measured, whatever it is compared with; but a baseline may have its own slices. */
function ofMeasurement({ gate, run }: ModelVersion, fresh: GateSummary, named: string): Permission | undefined {
  for (const { name, value, slice } of gate.metrics) {
    const other =
      slice === undefined ? fresh.metrics.find((one) => one.name === name && one.slice === undefined) : undefined
    if (other === undefined || Math.abs(other.value - value) <= tolerance * Math.max(1, Math.abs(value))) continue
    return no(
      'promotion/other-measurement',
      `The verdict that was given has ${other.value} as ${truncate(oneLine(name), 100)}, but ${named} was published with ${value}, measured of the same run ${shown(run.id)}.`,
      'Gate the run that was published, with its own record and predictions; or publish it under another number where the metric means something else now.',
    )
  }
  return undefined
}

function ofVerdict(gate: GateSummary, named: string, now: Date): Permission | undefined {
  const passed = gate.outcome === 'passed' && (gate.verdict === 'pass' || gate.waived.length > 0)
  if (!passed) {
    return no(
      'promotion/no-pass',
      `The verdict on ${named} is ${gate.verdict}${gate.outcome === 'blocked' ? ', and the gate blocks it' : ', and nothing was judged'}: ${gate.reason}`,
      'Mend the model and publish it under another number, or agree on a waiver and gate its run again.',
    )
  }
  const today = now.toISOString().slice(0, 10)
  const expired = gate.waived.find(({ until }) => until < today)
  if (expired === undefined) return undefined
  return no(
    'promotion/waiver-expired',
    `The verdict on ${named} stands on a waiver of ${expired.rule} that ended on ${expired.until}.`,
    `Agree on a new date, gate the run again, and give the folder of that judgement with \`--verdict\`.`,
  )
}

/** A verdict says that a model is not worse than one other model. It says nothing of a third, which may be in the stage by now. */
function ofIncumbent(
  { comparedWith }: GateSummary,
  named: string,
  { run }: ModelVersion,
  stage: string,
  incumbent: Promotion | undefined,
): Permission | undefined {
  if (incumbent === undefined) return undefined
  if (comparedWith?.run === incumbent.run.id || comparedWith?.content === incumbent.content) return undefined
  const other = comparedWith === null ? 'compared it with nothing' : `compared it with run ${comparedWith.run}`
  return no(
    'promotion/stale-verdict',
    `The verdict on ${named} ${other}, but ${stage} stands for version ${incumbent.version}, made by run ${incumbent.run.id}.`,
    regate({ run: run.id, champion: incumbent.run.id, stage }),
  )
}

/** How to get a verdict of a run against the one that the stage stands for now. The baseline `champion` is that of production. */
export function regate({ run, champion, stage }: { run: string; champion: string; stage: string }): string {
  const judge = `modelgate gate --run .modelgate/runs/${shown(run)}`
  const byRecord = `\`${judge} --baseline-run <folder of run ${shown(champion)}, such as evidence/ of its bundle> --out <folder>\``
  const how =
    stage === 'production'
      ? `with \`baseline: champion\` in its checkpoint by \`${judge} --history refs --out <folder>\`, else by ${byRecord}`
      : `by ${byRecord}`
  return `Gate it again against the champion: ${how}. Then promote it with \`--verdict <folder>\`.`
}

/** Ids are anybody's words. */
function shown(id: string): string {
  return truncate(oneLine(id), 128)
}

function no(code: string, reason: string, help: string): { may: 'no' } & Refusal {
  return { may: 'no', code, reason, help }
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
