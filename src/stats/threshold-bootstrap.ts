import { binomialDraw } from './binomial-draw.ts'
import { multinomialDraw } from './cell-bootstrap.ts'
import { poissonOne } from './poisson-one.ts'
import { type RandomSource, seededRandom } from './random.ts'
import type { RankedRows } from './ranked-rows.ts'

/**
 * Recall at the threshold that a fixed number of negatives exceeds. Resampled rows matter in two ways only: which negative the
 * threshold falls on, and how many positives lie above it. Both are drawn without drawing rows, or with those near the threshold alone.
 */
export type ThresholdSide = {
  /** Place of each negative from the highest score down, in the order of the rows; those of equal score in any order. */
  ranks: Uint32Array
  /** How many negatives score at least as high as each positive, in the order of the rows: it is found at places from there on. */
  enters: Uint32Array
}

export function thresholdSide({ order, positive, endsTie, positives, negatives }: RankedRows): ThresholdSide {
  const rows = order.length
  const place = new Uint32Array(rows)
  const isPositive = new Uint8Array(rows)
  let [passed, end] = [0, rows - 1]
  for (let start = rows - 1; start >= 0; start--) {
    if (start > 0 && endsTie[start - 1] === 0) continue
    for (let at = end; at >= start; at--) if (positive[at] === 0) place[order[at] as number] = passed++
    for (let at = end; at >= start; at--) {
      if (positive[at] === 0) continue
      place[order[at] as number] = passed
      isPositive[order[at] as number] = 1
    }
    end = start - 1
  }
  const side = { ranks: new Uint32Array(negatives), enters: new Uint32Array(positives) }
  let [nextPositive, nextNegative] = [0, 0]
  for (let row = 0; row < rows; row++) {
    if (isPositive[row] === 1) side.enters[nextPositive++] = place[row] as number
    else side.ranks[nextNegative++] = place[row] as number
  }
  return side
}

/** Positives above the threshold when so many negatives may exceed it. */
export function hitsAt({ enters }: ThresholdSide, exceeding: number): number {
  let hits = 0
  for (const enter of enters) if (enter <= exceeding) hits++
  return hits
}

export type ThresholdDraws = { first: Float64Array; second: Float64Array; difference: Float64Array }

/** How many steps a request may take, each some nanoseconds. */
const budget = 30_000_000
const [fewest, most] = [2000, 10_000]

/**
 * Recalls of two sides on common resamples of positives and of negatives, and their differences; for one side give it twice. Two rows that
 * nobody saw, one that only the first side finds and one that only the second does, turn up as rows do: a Poisson number of
 * times (see Bonett and Price, Journal of Educational and Behavioral Statistics 37 (2012)). A replicate takes some sqrt(negatives) steps.
 */
export function thresholdBootstrap(
  first: ThresholdSide,
  second: ThresholdSide,
  exceeding: number,
  seed: string,
): ThresholdDraws {
  const random = seededRandom(seed)
  const window = windowAround(exceeding, first.ranks.length)
  const threshold = negativesDraw(first, second, exceeding, window, random)
  const cells = positiveCells(first, second, window)
  const positives = first.enters.length
  const steps = threshold.steps + cells.counts.length
  const replicates = Math.round(Math.min(most, Math.max(fewest, budget / steps)))
  const draws = {
    first: new Float64Array(replicates),
    second: new Float64Array(replicates),
    difference: new Float64Array(replicates),
  }
  for (let replicate = 0; replicate < replicates; replicate++) {
    threshold.draw()
    let [both, onlyFirst, onlySecond] = [0, 0, 0]
    for (let cell = 0; cell < cells.counts.length; cell++) {
      const count = cells.counts[cell] as number
      const byFirst = (cells.first[cell] as number) <= threshold.places[0]
      const bySecond = (cells.second[cell] as number) <= threshold.places[1]
      if (byFirst && bySecond) both += count
      else if (byFirst) onlyFirst += count
      else if (bySecond) onlySecond += count
    }
    const found = binomialDraw(positives, both / positives, random)
    const left = positives - found
    const byFirst = binomialDraw(left, share(onlyFirst, positives - both), random)
    const bySecond = binomialDraw(left - byFirst, share(onlySecond, positives - both - onlyFirst), random)
    const [unseenFirst, unseenSecond] = [poissonOne(random), poissonOne(random)]
    const all = positives + unseenFirst + unseenSecond
    draws.first[replicate] = (found + byFirst + unseenFirst) / all
    draws.second[replicate] = (found + bySecond + unseenSecond) / all
    draws.difference[replicate] = (byFirst + unseenFirst - bySecond - unseenSecond) / all
  }
  return draws
}

function share(part: number, whole: number): number {
  return whole <= 0 ? 0 : Math.min(1, part / whole)
}

/** Places that the threshold of a resample may fall on: seven standard deviations of its place on each side. */
type Window = { from: number; to: number }

function windowAround(exceeding: number, negatives: number): Window {
  const reach = Math.ceil(7 * Math.sqrt(exceeding + 1)) + 10
  return { from: Math.max(0, exceeding - reach), to: Math.min(negatives - 1, exceeding + reach) }
}

/** 0 for places above the window, then those in it, then one for all below. */
function placeIn({ from, to }: Window, place: number): number {
  return place < from ? 0 : place > to ? to - from + 2 : place - from + 1
}

/** Draws where the thresholds of both sides fall on a resample of the negatives. */
function negativesDraw(
  first: ThresholdSide,
  second: ThresholdSide,
  exceeding: number,
  window: Window,
  random: RandomSource,
) {
  const end = window.to - window.from + 2
  // Rows outside both windows: above or below either.
  const outside = [0, 0, 0, 0]
  const near: number[] = []
  for (let row = 0; row < first.ranks.length; row++) {
    const a = placeIn(window, first.ranks[row] as number)
    const b = placeIn(window, second.ranks[row] as number)
    if ((a === 0 || a === end) && (b === 0 || b === end)) {
      const cell = (a === 0 ? 2 : 0) + (b === 0 ? 1 : 0)
      outside[cell] = (outside[cell] as number) + 1
    } else near.push(a * (end + 1) + b)
  }
  // Which near row has which number must not depend on the order of the rows.
  const pairs = Float64Array.from(near).sort()
  const draw = multinomialDraw([...outside, pairs.length], random)
  const drawn = new Float64Array(5)
  const weights = [new Uint32Array(end + 1), new Uint32Array(end + 1)] as const
  const places: [number, number] = [0, 0]
  return {
    steps: pairs.length + 2 * end,
    places,
    draw: () => {
      draw(drawn)
      for (const side of weights) side.fill(0)
      const [, onlySecond = 0, onlyFirst = 0, both = 0, some = 0] = drawn
      for (let draws = 0; draws < some; draws++) {
        const pair = pairs[random.below(pairs.length)] as number
        const a = Math.floor(pair / (end + 1))
        const b = pair - a * (end + 1)
        weights[0][a] = (weights[0][a] as number) + 1
        weights[1][b] = (weights[1][b] as number) + 1
      }
      places[0] = reach(weights[0], onlyFirst + both, exceeding)
      places[1] = reach(weights[1], onlySecond + both, exceeding)
    },
  }
}

/** The place at which more than `exceeding` negatives have been passed. */
function reach(weights: Uint32Array, above: number, exceeding: number): number {
  let passed = above
  for (let place = 0; place < weights.length; place++) {
    passed += weights[place] as number
    if (passed > exceeding) return Math.max(1, place)
  }
  return weights.length - 1
}

/** Positives by the places from which on either side finds them. */
function positiveCells(first: ThresholdSide, second: ThresholdSide, window: Window) {
  const counts = new Map<number, number>()
  const side = window.to - window.from + 3
  for (let row = 0; row < first.enters.length; row++) {
    const a = Math.max(1, placeIn(window, first.enters[row] as number))
    const b = Math.max(1, placeIn(window, second.enters[row] as number))
    counts.set(a * side + b, (counts.get(a * side + b) ?? 0) + 1)
  }
  const cells = [...counts.keys()].sort((a, b) => a - b)
  return {
    counts: Float64Array.from(cells, (cell) => counts.get(cell) ?? 0),
    first: Uint32Array.from(cells, (cell) => Math.floor(cell / side)),
    second: Uint32Array.from(cells, (cell) => cell % side),
  }
}
