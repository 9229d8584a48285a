/**
 * Does something with each item, `width` of them at a time. Nothing new is begun after the first failure, and nothing is under way any more when it
 * is thrown.
 */
export async function inLanes<T>(
  items: Iterable<T>,
  width: number,
  act: (item: T, lane: number) => Promise<void>,
): Promise<void> {
  const rest = items[Symbol.iterator]()
  let failed = false
  const work = async (lane: number): Promise<void> => {
    // Not `for (const item of rest)`: leaving that loop would close the iterator for the other lanes too.
    for (let next = rest.next(); next.done !== true && !failed; next = rest.next()) {
      try {
        await act(next.value, lane)
      } catch (error) {
        failed = true
        throw error
      }
    }
  }
  const ends = await Promise.allSettled(Array.from({ length: width }, (_, lane) => work(lane)))
  const failure = ends.find((end) => end.status === 'rejected')
  if (failure !== undefined) throw failure.reason
}
