/** Files, the pure parts: the choices that are sent, one column's target changed. */
import type { FileChoices, FilesPreview, ImportProgress, PreviewFile } from '@/api/files'

/** All that stands on the page: what was guessed counts as chosen, so that nothing moves by itself afterwards. */
export function choicesOf(file: PreviewFile): FileChoices {
  return {
    entity: file.entity,
    columns: Object.fromEntries(file.columns.map((one) => [one.name, one.target])),
    stages: Object.fromEntries(file.stages.map((one) => [one.name, one.meaning])),
  }
}

/** A field is of one column: whoever had it before is left out. */
export function withTarget(choices: FileChoices, column: string, target: string): FileChoices {
  const columns = { ...choices.columns }
  if (target !== 'skip' && target !== 'custom') for (const [name, one] of Object.entries(columns)) if (one === target) columns[name] = 'skip'
  columns[column] = target
  return { ...choices, columns }
}

/** How far an import has come, in words; `t` of the page, `count` of its number format. */
export function describeImport(now: ImportProgress, t: (key: string, values: Record<string, string>) => string, count: (rows: number) => string): string {
  if (now.file === '' && now.share >= 1) return t('files.storing', { rows: count(now.rows) })
  return t('files.progress', { percent: `${Math.floor(now.share * 100)} %`, rows: count(now.rows), file: now.file })
}

/** Required fields that no column gives. */
export const missingOf = (file: PreviewFile): string[] => file.targets.filter((one) => one.required && !file.columns.some((column) => column.target === one.field)).map((one) => one.field)

export const isReady = (preview: FilesPreview): boolean => preview.problem === null && preview.tables.length > 0

export const baseName = (name: string): string => name.replace(/\.[a-z]{2,5}$/i, '')

/** A table as people read it: without the columns of ids that we made of rows which have none (`row:…`). */
export function shownTable(table: FilesPreview['tables'][number]): FilesPreview['tables'][number] {
  const shown = table.columns.map((_, i) => !table.rows.length || table.rows.some((row) => row[i] && !row[i].startsWith('row:')) || table.rows.every((row) => !row[i]))
  return { ...table, columns: table.columns.filter((_, i) => shown[i]), rows: table.rows.map((row) => row.filter((_, i) => shown[i])) }
}
