import type { Engine } from './engine/engine.ts'
import type { Relation } from './relation.ts'

/** Data in an engine, until `close`. */
export type Session<Key extends string> = {
  engine: Engine
  /** The relation of a key of the request. */
  relation(key: Key): Relation
  has(key: Key): boolean
  /** All of them, by key. */
  relations(): ReadonlyMap<Key, Relation>
  close(): Promise<void>
}

/** Opens what is needed, and closes the engine when that fails. */
export async function sessionOf<Key extends string>(
  engine: Engine,
  fill: (add: (key: Key, relation: Relation) => void) => Promise<void>,
): Promise<Session<Key>> {
  const relations = new Map<Key, Relation>()
  try {
    await fill((key, relation) => void relations.set(key, relation))
  } catch (error) {
    await engine.close()
    throw error
  }
  return {
    engine,
    relation: (key) => {
      const found = relations.get(key)
      if (found === undefined) throw new Error(`no data were asked for under "${key}"`)
      return found
    },
    has: (key) => relations.has(key),
    relations: () => relations,
    close: async () => await engine.close(),
  }
}
