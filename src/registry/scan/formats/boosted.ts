import { isObject } from '../../../base/json.ts'
import type { Found } from '../found.ts'

/** Facts of gradient-boosted trees that are saved as JSON or text. They hold numbers and names only. */

export function scanBoostedJson(value: unknown, found: Found): void {
  if (!isObject(value)) return
  if (isObject(value.learner)) xgboost(value, value.learner, found)
  else if (isObject(value.features_info) && (Array.isArray(value.oblivious_trees) || Array.isArray(value.trees)))
    catboost(value, found)
  else if (Array.isArray(value.tree_info) && typeof value.num_class === 'number') lightgbm(value, found)
}

/** What an XGBoost model says of itself, in JSON and UBJSON alike. */
export function xgboost(value: Record<string, unknown>, learner: Record<string, unknown>, found: Found): void {
  found.detail('model', 'XGBoost')
  if (Array.isArray(value.version)) found.detail('version', value.version.slice(0, 3).join('.'))
  if (isObject(learner.objective)) found.detail('objective', String(learner.objective.name ?? ''))
  if (isObject(learner.learner_model_param))
    found.detail('features', String(learner.learner_model_param.num_feature ?? ''))
  const booster = isObject(learner.gradient_booster) ? learner.gradient_booster : {}
  found.detail('booster', String(booster.name ?? ''))
  // DART keeps its trees one floor below.
  const inner = isObject(booster.gbtree) ? booster.gbtree : booster
  const model = isObject(inner.model) ? inner.model : {}
  if (Array.isArray(model.trees)) found.detail('trees', String(model.trees.length))
}

function catboost(value: Record<string, unknown>, found: Found): void {
  found.detail('model', 'CatBoost')
  const trees = value.oblivious_trees ?? value.trees
  if (Array.isArray(trees)) found.detail('trees', String(trees.length))
  const { float_features: floats, categorical_features: categories } = value.features_info as Record<string, unknown>
  const count = [floats, categories].reduce((sum: number, one) => sum + (Array.isArray(one) ? one.length : 0), 0)
  found.detail('features', String(count))
}

function lightgbm(value: Record<string, unknown>, found: Found): void {
  found.detail('model', 'LightGBM')
  found.detail('objective', String(value.objective ?? ''))
  if (Array.isArray(value.tree_info)) found.detail('trees', String(value.tree_info.length))
  if (Array.isArray(value.feature_names)) found.detail('features', String(value.feature_names.length))
}

/** LightGBM's text: a head of `key=value`, the trees, `end of trees`, then importances and parameters. */
export function scanLightgbm(text: string, found: Found): void {
  const head = text.slice(0, text.search(/\r?\n\r?\nTree=|$(?![\s\S])/))
  const entry = (name: string): string => new RegExp(`^${name}=(.*)$`, 'm').exec(head)?.[1]?.trim() ?? ''
  found.detail('model', 'LightGBM')
  found.detail('objective', entry('objective'))
  const features = entry('feature_names')
  if (features !== '') found.detail('features', String(features.split(' ').length))
  const trees = text.match(/^Tree=\d+\r?$/gm)?.length ?? 0
  found.detail('trees', String(trees))
  const sizes = entry('tree_sizes')
  const announced = sizes === '' ? 0 : sizes.split(' ').length
  if (!/^end of trees\r?$/m.test(text))
    found.malformed('The file does not have all its trees: `end of trees` is missing')
  else if (announced > 0 && announced !== trees)
    found.malformed(`The head announces ${announced} trees, but there are ${trees}`)
  else if (/^parameters:\r?$/m.test(text) && !/^end of parameters\r?$/m.test(text))
    found.malformed('The file is cut off within its parameters')
}
