import leven from 'leven'

/** Letters to change, insert or drop; two neighbours that changed places count as one. */
function distanceOf(one: string, other: string): number {
  const from = one.split('').findIndex((letter, index) => letter !== other[index])
  const swapped = one.slice(0, from) + one.charAt(from + 1) + one.charAt(from) + one.slice(from + 2)
  return from >= 0 && swapped === other ? 1 : leven(one, other)
}

/**
 * The candidate that was most probably meant, or undefined when none is near: at most a third of the letters differ, or it is the only one
 * that begins with the word.
 */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const plain = (text: string): string => text.toLowerCase().replaceAll('_', '-')
  const ranked = candidates
    .map((candidate) => ({ candidate, distance: distanceOf(plain(word), plain(candidate)) }))
    .sort((a, b) => a.distance - b.distance || a.candidate.localeCompare(b.candidate))
  const [best] = ranked
  if (best !== undefined && best.distance <= Math.max(1, Math.floor(word.length / 3))) return best.candidate
  const [longer, ...others] = candidates.filter((candidate) => plain(candidate).startsWith(plain(word)))
  return word.length >= 3 && others.length === 0 ? longer : undefined
}

/** `Did you mean "x"?`, or else the list of what is allowed. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const best = nearest(word, candidates)
  if (best !== undefined) return `Did you mean "${best}"?`
  return candidates.length === 0 ? 'There are none to choose from.' : `Known are: ${candidates.join(', ')}.`
}
