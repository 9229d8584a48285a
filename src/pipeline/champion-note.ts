import { oneLine, truncate } from '../base/escape.ts'
import { Ledger } from '../history/ledger.ts'
import { mostListed } from '../history/ledger-runs.ts'
import type { StateStore } from '../refs/state-store.ts'
import type { ModelVersion } from '../registry/model-version.ts'
import { championStage } from './past-baseline.ts'

/**
 * Says of a version that becomes the champion when its run is not among the baselines in the history of the same repository, so that `baseline: champion`
 * would not find it. The version stands already: a history that cannot be read says nothing.
 */
export async function championNotes(
  store: StateStore,
  { run, version }: ModelVersion,
  stage: string,
): Promise<string[]> {
  if (stage !== championStage) return []
  try {
    const ledger = new Ledger(store)
    const runs = await ledger.summaries(await ledger.read(), mostListed, (list) => list.some(({ id }) => id === run.id))
    if (runs.some(({ id, baseline, finished }) => id === run.id && baseline && finished)) return []
  } catch {
    return []
  }
  const shown = truncate(oneLine(run.id), 128)
  return [
    `Run ${shown} of version ${version} is no baseline in the history of this repository, so that \`baseline: champion\` will not find it: record runs that are published, with \`modelgate run --record\`.`,
  ]
}
