import type { Predictions, RowFacts, TextColumn } from './predictions.ts'

/** Some of the rows, in the order of `rows`: row i of the result is row `rows[i]`. What the predictions say of themselves as a whole stays. */
export function subset<P extends Predictions>(predictions: P, rows: Int32Array | Uint32Array): P
export function subset(predictions: Predictions, rows: Int32Array | Uint32Array): Predictions {
  switch (predictions.kind) {
    case 'classes': {
      const { scores, classScores } = predictions
      return {
        ...predictions,
        ...factsOf(predictions, rows),
        truth: pickCodes(predictions.truth, rows),
        predicted: pickCodes(predictions.predicted, rows),
        scores: scores === null ? null : pickNumbers(scores, rows),
        ...(classScores === undefined ? {} : { classScores: classScores.map((column) => pickNumbers(column, rows)) }),
      }
    }
    case 'numbers': {
      const { scale } = predictions
      return {
        ...predictions,
        ...factsOf(predictions, rows),
        truth: pickNumbers(predictions.truth, rows),
        predicted: pickNumbers(predictions.predicted, rows),
        ...(scale === undefined ? {} : { scale: pickNumbers(scale, rows) }),
      }
    }
    case 'ranking':
      return {
        ...predictions,
        ...factsOf(predictions, rows),
        group: pickTexts(predictions.group, rows),
        relevance: pickNumbers(predictions.relevance, rows),
        scores: pickNumbers(predictions.scores, rows),
      }
    case 'outcomes': {
      const { score, passed } = predictions
      return {
        ...predictions,
        ...factsOf(predictions, rows),
        score: score === null ? null : pickNumbers(score, rows),
        passed: passed === null ? null : Uint8Array.from(rows, (row) => passed[row] as number),
      }
    }
  }
}

function factsOf({ ids, group, loss, columns }: RowFacts, rows: Int32Array | Uint32Array): RowFacts {
  return {
    ids: Array.from(rows, (row) => ids[row] as string),
    ...(group === undefined ? {} : { group: pickTexts(group, rows) }),
    ...(loss === undefined ? {} : { loss: pickNumbers(loss, rows) }),
    ...(columns === undefined
      ? {}
      : { columns: new Map([...columns].map(([name, column]) => [name, pickTexts(column, rows)])) }),
  }
}

function pickNumbers(values: Float64Array, rows: Int32Array | Uint32Array): Float64Array {
  const picked = new Float64Array(rows.length)
  for (let place = 0; place < rows.length; place++) picked[place] = values[rows[place] as number] as number
  return picked
}

function pickCodes(codes: Int32Array, rows: Int32Array | Uint32Array): Int32Array {
  const picked = new Int32Array(rows.length)
  for (let place = 0; place < rows.length; place++) picked[place] = codes[rows[place] as number] as number
  return picked
}

function pickTexts({ names, codes }: TextColumn, rows: Int32Array | Uint32Array): TextColumn {
  return { names, codes: pickCodes(codes, rows) }
}
