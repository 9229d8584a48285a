import { z } from 'zod'
import { type Place, throwFound } from '../base/error.ts'
import { explainIssues } from '../config/diagnostics.ts'
import { parseYaml } from '../config/document.ts'
import { stagePattern } from './registry-refs.ts'
import { isVersionName } from './version-name.ts'

/** `models/<name>/stages.yaml`: what each stage of a model is to stand for. Who merges a change of it promotes. */

const schema = z.record(
  z.string().regex(stagePattern, 'must be a stage: lower-case letters, digits and `-`'),
  z.string().refine(isVersionName, 'must be a version such as 1.4.0'),
)

export type StagesFile = ReadonlyMap<string, { version: string; place: Place }>

/** The model whose stages a file of the repository is about; undefined for any other file. */
export function modelOfStagesFile(path: string): string | undefined {
  return /^models\/([^/]+)\/stages\.yaml$/.exec(path)?.[1]
}

export function stagesFileOf(model: string): string {
  return `models/${model}/stages.yaml`
}

/** Throws `config/yaml` and what `explainIssues` makes of other faults, with line and column. */
export function parseStagesFile(text: string, file: string): StagesFile {
  const document = parseYaml(text, file)
  const parsed = schema.safeParse(document.value ?? {})
  if (!parsed.success) throwFound(explainIssues(document, parsed.error.issues, schema))
  const stages = Object.entries(parsed.data ?? {})
  return new Map(stages.map(([stage, version]) => [stage, { version, place: document.placeOf([stage]) }]))
}

/** What a change of the file asks for: stages with another version than before, and those that are named no more. Pure. */
export function changedStages(
  before: StagesFile,
  after: StagesFile,
): { changed: { stage: string; version: string; place: Place }[]; dropped: string[] } {
  return {
    changed: [...after].flatMap(([stage, { version, place }]) =>
      before.get(stage)?.version === version ? [] : [{ stage, version, place }],
    ),
    dropped: [...before.keys()].filter((stage) => !after.has(stage)),
  }
}
