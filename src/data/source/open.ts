import { digestOfFile } from '../../base/digest.ts'
import type { Engine } from '../engine/engine.ts'
import type { Relation } from '../relation.ts'
import { openCsv } from './csv.ts'
import { openJsonl } from './jsonl.ts'
import { openParquet } from './parquet.ts'
import type { OpenOptions, ResolvedSource } from './source.ts'

const openers = { csv: openCsv, jsonl: openJsonl, parquet: openParquet }

/** Opens the files of a source in an engine that may read them. Throws `data/…` errors that name file and line. */
export async function openRelation(
  engine: Engine,
  source: ResolvedSource,
  options: OpenOptions = {},
): Promise<Relation> {
  const relation = await openers[source.format](engine, source, options)
  const [file, ...others] = source.files
  if (file === undefined || others.length > 0) return relation
  return { ...relation, sha256: async () => (await digestOfFile(file.path)).replace('sha256:', '') }
}
