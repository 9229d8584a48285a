/** By code points, which is the order of UTF-8 bytes. JavaScript's own sorts by halves of characters. */
export function byCodePoints(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other))
}
