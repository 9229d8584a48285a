import { z } from 'zod'

/** What a scan of model files says, before anything is published or loaded. */

/** `malformed` and `unknown` are refused as well as `dangerous`: only `safe` is published without a word. */
export const scanVerdict = z.enum(['safe', 'unknown', 'malformed', 'dangerous'])

/** One reason why a file is not safe. */
const finding = z.object({
  verdict: scanVerdict.exclude(['safe']),
  /** Where in the file: entries of containers behind `!`, such as `model.pt!archive/data.pkl`. */
  file: z.string(),
  /** Byte in that file or entry. */
  offset: z.int().nonnegative().optional(),
  /** Name of the pickle opcode, such as `REDUCE`. */
  opcode: z.string().optional(),
  /** What would be imported or called, such as `os.system`. */
  callable: z.string().optional(),
  /** One sentence: what is wrong. */
  message: z.string(),
  /** The way out. */
  help: z.string(),
})

const tensor = z.object({ name: z.string(), dtype: z.string(), shape: z.array(z.union([z.number(), z.string()])) })

/** What headers tell of a model, without loading it. */
const facts = z.object({
  /** Numbers that were learned. */
  parameters: z.number().nonnegative().optional(),
  /** How many of them by type, such as `{float32: 1000}`. */
  dtypes: z.record(z.string(), z.number()).optional(),
  inputs: z.array(tensor).optional(),
  outputs: z.array(tensor).optional(),
  /** Anything else worth a line of the card: architecture, opset, class of the estimator. */
  details: z.record(z.string(), z.string()).default({}),
})

export const fileScanSchema = z.object({
  file: z.string(),
  /** `pickle`, `pytorch`, `joblib`, `npy`, `npz`, `safetensors`, `gguf`, `onnx`, `keras`, `zip`, `tar`, `text`, ... or `unknown`. */
  format: z.string(),
  bytes: z.int().nonnegative(),
  verdict: scanVerdict,
  findings: z.array(finding),
  /** Everything that loading the file would import, allowed or not, sorted. */
  globals: z.array(z.string()),
  /** Those of them that only the project's `allow-globals` allows. */
  allowed: z.array(z.string()),
  facts: facts.optional(),
})

export const scanReportSchema = z.object({
  schema: z.literal('modelgate/scan@1'),
  /** The worst of the files; an empty model is `malformed`. */
  verdict: scanVerdict,
  files: z.array(fileScanSchema),
})

export type ScanVerdict = z.infer<typeof scanVerdict>
export type ScanFinding = z.infer<typeof finding>
export type ModelFacts = z.infer<typeof facts>
export type FileScan = z.infer<typeof fileScanSchema>
export type ScanReport = z.infer<typeof scanReportSchema>
