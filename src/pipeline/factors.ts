import { basename, join } from 'node:path'
import { digestOfJson } from '../base/digest.ts'
import { ModelgateError } from '../base/error.ts'
import { readTextFile } from '../base/files.ts'
import { didYouMean } from '../base/suggest.ts'
import type { LoadedConfig } from '../config/load.ts'
import { declaresDeps, depsOf, predictionsOf } from '../config/stage-command.ts'
import { readParams, selectParams } from '../readers/params-file.ts'
import { describeArtifact, isWithin } from '../record/artifact.ts'
import { describeCode } from '../record/code.ts'
import { describeEnvironment } from '../record/environment.ts'
import { listVersionedFiles, type Repository } from '../record/repository.ts'
import type { Factors } from '../record/run-record.ts'

/** Digests of everything that the run is made of, taken before the first stage starts. */
export async function describeFactors(loaded: LoadedConfig, repository: Repository | undefined): Promise<Factors> {
  const { config, root } = loaded
  const stages = Object.values(config.stages)
  return {
    code: await describeCode({
      root,
      deps: stages.every(declaresDeps) ? stages.flatMap(depsOf) : undefined,
      notCode: [
        basename(loaded.file),
        ...(config.params === undefined ? [] : [config.params]),
        ...Object.values(config.data).map((dataset) => dataset.path),
        ...writtenPaths(loaded),
      ],
      versioned: async () => (repository === undefined ? [] : await listVersionedFiles(root)),
    }),
    data: await describeData(loaded, (path) => !isProduced(loaded, path)),
    params: await describeParams(loaded),
    environment: await describeEnvironment(repository === undefined ? [root] : [root, repository.root]),
  }
}

/** Every path that the stages write. */
export function writtenPaths({ config }: LoadedConfig): string[] {
  return Object.values(config.stages).flatMap((stage) => [...stage.outs, ...stage.metrics, ...predictionsOf(stage)])
}

/** Digests of the data sets whose path the filter lets through. */
async function describeData(loaded: LoadedConfig, wanted: (path: string) => boolean): Promise<Factors['data']> {
  const data: Factors['data'] = {}
  for (const [name, dataset] of Object.entries(loaded.config.data)) {
    if (!wanted(dataset.path)) continue
    data[name] = await describeArtifact(loaded.root, dataset.path, {
      what: `The data set "${name}"`,
      code: 'run/missing-data',
      help: `Put the file there, let a stage write it (and list it under \`outs\`), or correct data.${name}.path in ${loaded.file}.`,
    })
  }
  return data
}

/** Data sets that a stage writes: they can be described only after the stages ran. */
export async function describeProducedData(loaded: LoadedConfig): Promise<Factors['data']> {
  return await describeData(loaded, (path) => isProduced(loaded, path))
}

/** True for a data set that a stage writes. */
export function isProduced({ config }: LoadedConfig, path: string): boolean {
  return Object.values(config.stages).some((stage) => stage.outs.some((out) => isWithin(path, out)))
}

async function describeParams({ config, root, file, placeOf }: LoadedConfig): Promise<Factors['params']> {
  if (config.params === undefined) return { digest: digestOfJson({}), values: {} }
  const text = await readTextFile(join(root, config.params), {
    what: 'The parameter file',
    help: `Create ${config.params}, or correct \`params\` in ${file}.`,
    shown: config.params,
  })
  const values = readParams(text, config.params)
  for (const [name, stage] of Object.entries(config.stages)) {
    const [missing] = selectParams(values, stage.params).missing
    if (missing === undefined) continue
    throw new ModelgateError({
      code: 'run/missing-param',
      message: `Stage "${name}" reads the parameter "${missing}", which ${config.params} does not have.`,
      place: placeOf(['stages', name, 'params', stage.params.indexOf(missing)]),
      help: didYouMean(missing, [...new Set(Object.keys(values).map((key) => key.split('.')[0] ?? key))]),
    })
  }
  return { digest: digestOfJson(values), values }
}
