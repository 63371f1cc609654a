import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import {
  bindMigrationAwareSqlAdapterFactory,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils'
import * as glue from '@prisma/schema-engine-wasm/schema_engine_bg'

export type SchemaEngine = glue.SchemaEngine

/** Nothing is left out of what the engine compares. */
export const filters: glue.SchemaFilter = { externalTables: [], externalEnums: [] }

/**
 * Prisma's own schema engine, the one behind `prisma migrate`, as WebAssembly: nothing is downloaded.
 * Its interface is internal to Prisma, so its version is pinned to Prisma's.
 * @param adapter - the database it works on
 * @param schema - the text of schema.prisma, where the work needs one
 */
export async function openSchemaEngine(
  adapter: SqlMigrationAwareDriverAdapterFactory,
  schema?: string,
): Promise<SchemaEngine> {
  await loadOnce()
  const datamodels: [string, string][] | undefined = schema === undefined ? undefined : [['schema.prisma', schema]]
  return glue.SchemaEngine.new({ datamodels }, () => undefined, bindMigrationAwareSqlAdapterFactory(adapter))
}

let loading: Promise<void> | undefined

function loadOnce(): Promise<void> {
  loading ??= load()
  return loading
}

async function load(): Promise<void> {
  const folder = dirname(createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg'))
  const bytes = await readFile(join(folder, 'schema_engine_bg.wasm'))
  const { instance } = await WebAssembly.instantiate(bytes, { './schema_engine_bg.js': importsOf({ ...glue }) })
  glue.__wbg_set_wasm(instance.exports)
  const { __wbindgen_start: start } = instance.exports
  if (typeof start === 'function') start()
}

/** The engine waits ten seconds for its lock and never calls that off; the process need not stay for it. */
function importsOf(functions: Readonly<Record<string, unknown>>): WebAssembly.ModuleImports {
  const entries = Object.entries(functions).filter((entry): entry is [string, WebAssembly.ImportValue] => {
    return typeof entry[1] === 'function'
  })
  const setUnrefTimeout = (callback: () => void, delayMs: number) => setTimeout(callback, delayMs >>> 0).unref()
  return Object.fromEntries(
    entries.map(([name, value]) => [name, name.startsWith('__wbg_setTimeout_') ? setUnrefTimeout : value]),
  )
}
