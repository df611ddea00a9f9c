/** Files in the browser (docs/setup.md): pieces to the server, preview, import. */
import { json, sendBytes } from '@/api/client'
import type { components } from '@/api/types'

type Schemas = components['schemas']
export type FilesRequest = Schemas['FilesRequest']
export type FilesPreview = Schemas['FilesPreview']
export type PreviewFile = Schemas['PreviewFile']
export type FilesSummary = Schemas['FilesSummary']
export type ImportProgress = Schemas['ImportProgress']
export type FileChoices = Schemas['FileChoices']

const part = encodeURIComponent

export const filesApi = {
  /** Sends a file piece by piece; `progress` hears the bytes that have arrived. Answers the upload's id. */
  async upload(file: File, progress: (bytes: number) => void): Promise<string> {
    const begun = await json<Schemas['UploadBegun']>('POST', 'setup/uploads', { name: file.name, size: file.size })
    for (let at = 0; at < file.size; at += begun.piece_bytes_max) {
      await sendBytes('PUT', `setup/uploads/${part(begun.upload)}?offset=${at}`, file.slice(at, at + begun.piece_bytes_max))
      progress(Math.min(file.size, at + begun.piece_bytes_max))
    }
    return begun.upload
  },
  drop: (upload: string): Promise<void> => json('DELETE', `setup/uploads/${part(upload)}`),
  preview: (body: FilesRequest, language: string): Promise<FilesPreview> => json('POST', `setup/files/preview?language=${language}`, body),
  progress: (): Promise<Schemas['ImportProgress']> => json('GET', 'setup/files/import'),
  import: (body: FilesRequest, language: string): Promise<FilesSummary> => json('POST', `setup/files/import?language=${language}`, body),
}
