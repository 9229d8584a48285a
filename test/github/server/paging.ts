import { type Answer, ok } from './answer.ts'
import type { Call } from './call.ts'

/** One page of a list: at most 100 elements, whatever is asked for, with the links to the others. */
export function paged(call: Call, all: readonly unknown[]): Answer {
  const { page, data } = cut(call, all)
  return { ...ok(data), headers: linksOf(call, all.length, page) }
}

/** The same for the lists that GitHub wraps in an object with the total. */
export function pagedIn(call: Call, name: string, all: readonly unknown[]): Answer {
  const { page, data } = cut(call, all)
  return { ...ok({ total_count: all.length, [name]: data }), headers: linksOf(call, all.length, page) }
}

function sizeOf({ query }: Call): number {
  return Math.min(100, Math.max(1, Number(query.per_page ?? 30)))
}

function cut(call: Call, all: readonly unknown[]): { page: number; data: readonly unknown[] } {
  const page = Math.max(1, Number(call.query.page ?? 1))
  const size = sizeOf(call)
  return { page, data: all.slice((page - 1) * size, page * size) }
}

/** GitHub's links name the repository by its id: a client that builds or compares addresses by name goes wrong there. */
export function linksOf(call: Call, total: number, page: number): Record<string, string> {
  const last = Math.max(1, Math.ceil(total / sizeOf(call)))
  const target = new URL(call.url)
  const path = target.pathname.replace(/^\/repos\/[^/]+\/[^/]+/, `/repositories/${call.repository.id}`)
  target.pathname = call.world.apiPath + path
  const link = (to: number, rel: string): string => {
    target.searchParams.set('page', String(to))
    return `<${target.href}>; rel="${rel}"`
  }
  const links = [
    ...(page > 1 ? [link(page - 1, 'prev')] : []),
    ...(page < last ? [link(page + 1, 'next'), link(last, 'last')] : []),
    ...(page > 1 ? [link(1, 'first')] : []),
  ]
  return links.length === 0 ? {} : { link: links.join(', ') }
}
