import { Problem } from './problem.ts'

/** What the next matching request meets instead of its answer. */
export type Fault = {
  method: string
  /** Which paths, with their query; all without it. */
  path?: RegExp
  /** `before`: nothing happens. `after`: the request has its effect, only the answer is bad. */
  timing: 'before' | 'after'
  /**
   * `drop` closes the connection; `truncate` sends half of the good answer with its status; `delay` sends the good answer
   * so many milliseconds late; `meanwhile` lets something else happen first, such as a push.
   */
  answer:
    | { status: number; message: string; headers?: Record<string, string> }
    | 'drop'
    | 'truncate'
    | { delay: number }
    | { meanwhile: () => unknown }
}

/** Takes the first fault that fits out of the list. */
export function takeFault(faults: Fault[], method: string, path: string): Fault | undefined {
  const index = faults.findIndex((fault) => fault.method === method && (fault.path?.test(path) ?? true))
  const fault = index === -1 ? undefined : faults.splice(index, 1)[0]
  if (fault?.timing === 'before' && (fault.answer === 'truncate' || isLate(fault.answer))) {
    throw new Problem('a truncated or delayed answer comes after the effect: plant it with that timing')
  }
  return fault
}

/** True for the good answer, only later. */
export function isLate(answer: Fault['answer']): answer is { delay: number } | { meanwhile: () => unknown } {
  return typeof answer === 'object' && !('status' in answer)
}
