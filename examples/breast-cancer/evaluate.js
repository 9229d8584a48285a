// Scores data/eval.csv with model.json and writes metrics.json and predictions.csv.

import { readFileSync, writeFileSync } from 'node:fs'
import { predict } from './src/logistic.js'
import { binaryMetrics } from './src/metrics.js'
import { readTable, toMatrix, writeTable } from './src/table.js'

const CUTOFF = 0.5

const model = JSON.parse(readFileSync('model.json', 'utf8'))
const { rows } = readTable('data/eval.csv')
const labels = rows.map((row) => Number(row.diagnosis))
const scores = predict(model, toMatrix(rows, model.features))
const predicted = scores.map((score) => (score >= CUTOFF ? 1 : 0))

const metrics = binaryMetrics(labels, predicted, scores)
writeFileSync('metrics.json', `${JSON.stringify(metrics, null, 2)}\n`)
writeTable(
  'predictions.csv',
  ['id', 'y_true', 'y_pred', 'y_score'],
  rows.map((row, i) => [row.id, labels[i], predicted[i], scores[i]]),
)
console.log(metrics)
