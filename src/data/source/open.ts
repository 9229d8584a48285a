import type { Engine } from '../engine/engine.ts'
import type { Relation } from '../relation.ts'
import { openCsv } from './csv.ts'
import { openJsonl } from './jsonl.ts'
import { openParquet } from './parquet.ts'
import type { OpenOptions, ResolvedSource } from './source.ts'

/** Opens the files of a source in an engine that may read them. Throws `data/…` errors that name file and line. */
export async function openRelation(
  engine: Engine,
  source: ResolvedSource,
  options: OpenOptions = {},
): Promise<Relation> {
  switch (source.format) {
    case 'csv':
      return await openCsv(engine, source, options)
    case 'jsonl':
      return await openJsonl(engine, source, options)
    case 'parquet':
      return await openParquet(engine, source, options)
  }
}
