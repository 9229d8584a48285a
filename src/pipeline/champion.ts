import type { StateStore } from '../refs/state-store.ts'
import { incumbentOf, ModelStages } from '../registry/model-stages.ts'

/** Id of the run that a stage of a model stands for: the baseline `champion`. Undefined for nothing. Throws what the stages throw. */
export async function championRun(store: StateStore, model: string, stage: string): Promise<string | undefined> {
  return incumbentOf(await new ModelStages(store).head(model, stage))?.record.run.id
}
