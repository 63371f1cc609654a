import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { parse, stringify } from 'yaml'
import { isRecord } from './essence.ts'

/**
 * What is put into a manifest, by dotted path: `{ 'dataSources.0.source.startBlock': 5 }`. `undefined` takes out what is there, a
 * function makes the new value from the manifest.
 */
export type Changes = Readonly<Record<string, unknown>>

/** Keeps content where both find it. @returns its CID */
export type Put = (content: string | Uint8Array) => Promise<string>

export async function readManifest(file: string): Promise<unknown> {
  return parse(await readFile(file, 'utf8'))
}

/** @returns a changed copy */
export function changed(manifest: unknown, changes: Changes): unknown {
  const copy: unknown = structuredClone(manifest)
  for (const [path, value] of Object.entries(changes)) {
    const keys = path.split('.')
    const last = keys.pop() ?? ''
    const parent = keys.reduce(childOf, copy)
    if (typeof parent !== 'object' || parent === null) throw new Error(`a manifest has no ${path}`)
    const made: unknown = typeof value === 'function' ? value(structuredClone(manifest)) : value
    if (made === undefined) Reflect.deleteProperty(parent, last)
    else Reflect.set(parent, last, made)
  }
  return copy
}

/** A value for {@link Changes}: what is at another path, with changes of its own. */
export function like(path: string, changes: Changes): (manifest: unknown) => unknown {
  return (manifest) => changed(path.split('.').reduce(childOf, manifest), changes)
}

function childOf(value: unknown, key: string): unknown {
  if (Array.isArray(value)) return value[Number(key)]
  if (!isRecord(value)) return undefined
  // What is on the way is made.
  if (!(key in value)) value[key] = {}
  return value[key]
}

/** Keeps a manifest and all files that it names. @param folder - which the paths in it are relative to @returns its CID */
export async function putManifest(manifest: unknown, folder: string, put: Put): Promise<string> {
  return await put(stringify(await linked(manifest, folder, put)))
}

/** With links where the paths of files were. */
async function linked(value: unknown, folder: string, put: Put): Promise<unknown> {
  if (Array.isArray(value)) return await Promise.all(value.map((item) => linked(item, folder, put)))
  if (!isRecord(value)) return value
  const entries = Object.entries(value).map(async ([key, inner]) => {
    if (key !== 'file' || typeof inner !== 'string') return [key, await linked(inner, folder, put)] as const
    return [key, { '/': `/ipfs/${await put(await readFile(resolve(folder, inner)))}` }] as const
  })
  return Object.fromEntries(await Promise.all(entries))
}
