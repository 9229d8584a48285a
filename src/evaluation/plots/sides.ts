/** The same of both runs; null where one has none. */
export type Sides<T> = { base: T | null; fresh: T | null }

export function mapSides<T, U>({ base, fresh }: Sides<T>, of: (side: T) => U | null): Sides<U> {
  return { base: base === null ? null : of(base), fresh: fresh === null ? null : of(fresh) }
}

/** What is there, base first. */
export function present<T>({ base, fresh }: Sides<T>): T[] {
  return [base, fresh].filter((side) => side !== null)
}
