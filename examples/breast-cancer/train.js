// Trains on data/train.csv with the parameters of params.json and writes model.json.

import { readFileSync, writeFileSync } from 'node:fs'
import { fitLogistic, fitScaler, standardise } from './src/logistic.js'
import { readTable, selectFeatures, toMatrix } from './src/table.js'

const params = JSON.parse(readFileSync('params.json', 'utf8')).train

const { columns, rows } = readTable('data/train.csv')
const features = selectFeatures(params.features, columns)
const matrix = toMatrix(rows, features)
const labels = rows.map((row) => Number(row.diagnosis))

const scaler = fitScaler(matrix)
const { intercept, weights } = fitLogistic(standardise(matrix, scaler), labels, params)

writeFileSync('model.json', `${JSON.stringify({ features, scaler, intercept, weights }, null, 2)}\n`)
console.log(`trained on ${rows.length} rows with ${features.length} features`)
