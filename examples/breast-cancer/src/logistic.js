// Logistic regression: full-batch gradient descent, no randomness, so the same data and parameters give the same model.

/** Mean and standard deviation per column. */
export function fitScaler(matrix) {
  const means = columnMeans(matrix)
  const squares = matrix.map((row) => row.map((value, j) => (value - means[j]) ** 2))
  const deviations = columnMeans(squares).map((variance) => Math.sqrt(variance) || 1)
  return { means, deviations }
}

export function standardise(matrix, { means, deviations }) {
  return matrix.map((row) => row.map((value, j) => (value - means[j]) / deviations[j]))
}

/** Minimises mean log loss + l2/2 * |weights|^2; the intercept is not penalised. */
export function fitLogistic(matrix, labels, { l2, learning_rate: rate, iterations }) {
  let intercept = 0
  let weights = matrix[0].map(() => 0)
  for (let step = 0; step < iterations; step++) {
    const errors = matrix.map((row, i) => probability(row, intercept, weights) - labels[i])
    const gradient = columnMeans(matrix.map((row, i) => row.map((value) => value * errors[i])))
    intercept -= rate * mean(errors)
    weights = weights.map((weight, j) => weight - rate * (gradient[j] + l2 * weight))
  }
  return { intercept, weights }
}

export function predict(model, matrix) {
  return standardise(matrix, model.scaler).map((row) => probability(row, model.intercept, model.weights))
}

function probability(row, intercept, weights) {
  const score = row.reduce((sum, value, j) => sum + value * weights[j], intercept)
  return 1 / (1 + Math.exp(-score))
}

function columnMeans(matrix) {
  const sums = matrix[0].map(() => 0)
  for (const row of matrix)
    row.forEach((value, j) => {
      sums[j] += value
    })
  return sums.map((sum) => sum / matrix.length)
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
