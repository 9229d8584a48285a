import { plural } from '../../base/number-text.ts'
import { Curves, mostPoints } from '../curve.ts'
import type { FileFormat, FolderFormat } from '../format.ts'
import type { FileInput } from '../input.ts'
import { isTooMany, tooManyMetrics } from '../reading.ts'
import { type Plugins, scalarsOf } from '../tf-events.ts'
import { beginsWithRecord, RecordFault, tfRecords } from '../tf-record.ts'
import { WireFault } from '../wire.ts'

const eventsName = /(?:^|[/\\])[^/\\]*tfevents[^/\\]*$/

/** One event file: its scalars, each with its curve. */
export const tensorboard: FileFormat = {
  name: 'tensorboard',
  title: 'event file of TensorBoard',
  of: 'file',
  called: eventsName,
  fit: ({ bytes }) => (beginsWithRecord(bytes) ? 'content' : 'no'),
  read: (input) => {
    const curves = new Curves()
    const notes = readEvents(input, '', curves)
    return { metrics: curves.metrics(), notes: [...notes, ...curves.notes('step')] }
  },
}

/** A log folder: the event files of one folder are one run, those below it runs whose names come before the tags (`train/epoch_loss`). */
export const tensorboardFolder: FolderFormat = {
  name: 'tensorboard',
  title: 'log folder of TensorBoard',
  of: 'folder',
  fit: async (input) => ((await input.files('', 4)).some((path) => eventsName.test(path)) ? 'content' : 'no'),
  read: async (input) => {
    const curves = new Curves()
    const notes: string[] = []
    // Sorted by name, which begins with the time at which the file was begun.
    for (const path of (await input.files('', 4)).filter((file) => eventsName.test(file))) {
      const run = path.slice(0, path.lastIndexOf('/') + 1)
      notes.push(...readEvents(await input.file(path), run, curves))
    }
    return { metrics: curves.metrics(), notes: [...notes, ...curves.notes('step')] }
  },
}

/** Adds the scalars of a file. The end of a file that was cut off is left out, with a note. */
function readEvents(input: FileInput, prefix: string, curves: Curves): string[] {
  const plugins: Plugins = new Map()
  const records = tfRecords(input.bytes)
  try {
    for (;;) {
      const next = records.next()
      if (next.done === true) {
        return next.value === 0
          ? []
          : [`${input.name}: the last ${plural(next.value, 'byte')} are no whole record and are left out.`]
      }
      for (const { tag, step, value } of scalarsOf(next.value, plugins)) curves.add(`${prefix}${tag}`, step, value)
      if (isTooMany(curves.names)) throw tooManyMetrics(input.fault)
      if (curves.points > mostPoints) throw input.fault('too-many', 'The file holds too many values.')
    }
  } catch (error) {
    if (error instanceof RecordFault) {
      throw input.fault('damaged', `${error.message} (at byte ${error.offset}): the file is damaged.`)
    }
    if (error instanceof WireFault) throw input.fault('damaged', 'A record of the file is no event of TensorBoard.')
    throw error
  }
}
