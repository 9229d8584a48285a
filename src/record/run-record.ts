import { z } from 'zod'
import { digestPattern } from '../base/digest.ts'
import { dataReportSchema } from './data-report.ts'

/** What a run measured and what it was made of. Written by `modelgate run`, read by everything after it. */

const digest = z
  .templateLiteral(['sha256:', z.string()])
  .refine((text) => digestPattern.test(text), 'is no SHA-256 digest')
const name = z.string().min(1).max(200)
const path = z.string().min(1).max(4096)
const timestamp = z.iso.datetime()
const milliseconds = z.number().nonnegative()
const count = z.int().nonnegative()
/** A name that the platform has for itself: `linux`, `win32`, `x64`. */
const machineWord = z.string().regex(/^[\w.-]{1,32}$/)

/** The version control state that the run was made from. */
const source = z.object({
  commit: z.string().regex(/^[0-9a-f]{40,64}$/),
  branch: z.string().max(1024).optional(),
  /** True when tracked or new files differ from the commit. */
  dirty: z.boolean(),
})

const fileDigest = z.object({ digest, bytes: count })

/** A declared data set, or a declared file or folder of a stage. `files` counts the regular files in it. */
const artifact = z.object({ path, digest, bytes: count, files: count })

/** What the run was made of. Two runs with equal digests in a factor do not differ in it. */
const factors = z.object({
  /** Source files that the stages depend on, one by one, so that a comparison can name those that changed. */
  code: z.object({ digest, files: z.record(path, digest) }),
  /** Every data set of `data:`, by its name there. */
  data: z.record(name, artifact),
  /** The values of the parameter file, flattened to dotted names. */
  params: z.object({ digest, values: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])) }),
  environment: z.object({
    /** Digest over machine and dependencies. */
    digest,
    /** What the platform decides: a comparison across machines of another kind is refused. */
    machine: z.object({ os: machineWord, arch: machineWord }),
    /** Lock files and requirement lists: what a change may well touch. */
    dependencies: z.record(path, digest),
    /** Shown, but not part of the digest: differs between equal runners. */
    details: z.object({
      cpu: z.string(),
      cores: count,
      memoryBytes: count,
      node: z.string(),
      runner: z.string().optional(),
    }),
  }),
})

export const stageStatus = z.enum(['succeeded', 'failed', 'cancelled', 'skipped'])

const stage = z.object({
  name,
  status: stageStatus,
  command: z.string(),
  startedAt: timestamp.optional(),
  durationMs: milliseconds,
  exitCode: z.int().nullable(),
  signal: z.string().nullable(),
  /** Sampled over the whole process tree; null where the platform does not tell. */
  peakMemoryBytes: count.nullable(),
  deps: z.record(path, artifact),
  outs: z.record(path, artifact),
  /** The last lines that the command printed; kept for stages that failed. */
  tail: z.array(z.string()).optional(),
})

/** One number that the user's own command wrote. A value that is not finite is kept by name: it never passes. */
const metric = z.object({
  name,
  value: z.number().nullable(),
  nonFinite: z.enum(['NaN', 'Infinity', '-Infinity']).optional(),
  /** Which way is better, where the file or its format says it. */
  direction: z.enum(['higher', 'lower']).optional(),
  /** Standard error of the value, where the file states one, and how many rows the value is made of. */
  standardError: z.number().nonnegative().optional(),
  rows: z.int().positive().optional(),
  file: path,
  stage: name,
})

/** A file of per-row predictions. `path` is relative to the folder of the record. */
const predictions = z.object({ stage: name, path, source: path, ...fileDigest.shape })

/** Checks by how they ended. */
export const dataCheckCounts = z.object({ pass: count, info: count, warn: count, fail: count, 'not-run': count })

/**
 * What a data check found. `report` is short: failures first, without those that passed and without details of columns; the whole of it is the
 * file at `path`, relative to the folder of the record.
 */
const dataCheck = z.object({
  stage: name,
  path,
  ...fileDigest.shape,
  counts: dataCheckCounts,
  report: dataReportSchema,
  /** Set when the change edits the checks: `report` is what those of the base say, this is what its own would say. */
  proposed: z.object({ verdict: z.enum(['pass', 'warn', 'fail']), reason: z.string() }).optional(),
})

export const runRecordSchema = z.object({
  schema: z.literal('modelgate/run@1'),
  id: z.string().regex(/^[0-9A-Za-z][0-9A-Za-z._-]{0,127}$/),
  project: z.object({ name, task: z.string() }),
  status: z.enum(['succeeded', 'failed', 'cancelled']),
  startedAt: timestamp,
  finishedAt: timestamp,
  durationMs: milliseconds,
  source: source.nullable(),
  factors,
  stages: z.array(stage),
  metrics: z.array(metric),
  predictions: z.array(predictions),
  /** The same pipeline run again beside this run, where rules ask for it: the finite values of each time, by canonical name. */
  reruns: z.array(z.record(name, z.number())).default([]),
  /** One for each stage that checks data. */
  dataChecks: z.array(dataCheck).default([]),
  /** The stage at which the run ended early because its data checks failed: what comes after it was not run. */
  stoppedAt: name.optional(),
  /** Sentences for the report: what a reader should know about how this record came to be. */
  notes: z.array(z.string()),
})

export type RunRecord = z.infer<typeof runRecordSchema>
export type StageRecord = z.infer<typeof stage>
export type StageStatus = z.infer<typeof stageStatus>
export type MetricRecord = z.infer<typeof metric>
export type PredictionsRecord = z.infer<typeof predictions>
export type DataCheckRecord = z.infer<typeof dataCheck>
export type ArtifactRecord = z.infer<typeof artifact>
export type Factors = z.infer<typeof factors>
export type SourceState = z.infer<typeof source>
