import { Malformed, shown } from '../found.ts'

/** Functions that an ONNX model defines itself: their nodes take the place of each call when the model is loaded. */

/** How many nodes stand in a function or the graph, and which nodes could be calls, by domain, name and overload. */
export type Body = { nodes: number; calls: Map<string, number> }

/** A model of a thousand layers has some hundred thousand nodes. */
const mostNodes = 10_000_000

export function emptyBody(): Body {
  return { nodes: 0, calls: new Map() }
}

/** Throws `Malformed` for functions that call themselves, and where functions of functions unfold to more nodes than can be loaded. */
export function checkUnfolded(graph: Body, functions: ReadonlyMap<string, Body>): void {
  const known = new Map<string, number>()
  const open = new Set<string>()
  const sizeOf = (name: string, body: Body): number => {
    const before = known.get(name)
    if (before !== undefined) return before
    // Deeper than any model: each floor costs the loader one of its own.
    if (open.has(name) || open.size > 100) throw new Malformed(`The function ${shown(name)} calls itself`)
    open.add(name)
    let size = body.nodes
    for (const [call, times] of body.calls) {
      const called = functions.get(call)
      if (called !== undefined) size += times * sizeOf(call, called)
    }
    open.delete(name)
    if (size > mostNodes) throw new Malformed(`The functions of the model unfold to more than ${mostNodes} nodes`)
    known.set(name, size)
    return size
  }
  for (const [name, body] of functions) sizeOf(name, body)
  sizeOf('of the graph', graph)
}
