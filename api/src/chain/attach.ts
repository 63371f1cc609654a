/**
 * Puts people's rows into the chain's answer before it is executed, in bulk: every key a lookup needs is gathered from the
 * whole answer first, so that one operation costs one query per kind of row, however many places it meets the chain in.
 * A row (or null, or the error its query ended in) is left under the response key of the field that asked for it, where
 * the executor finds it as it finds the chain's own values.
 */
import type { GraphQLResolveInfo, GraphQLSchema } from 'graphql'
import { isAbstractType } from 'graphql'
import { DatabaseUnavailableError, GatewayError } from '../errors.ts'
import { isRecord, readKey, TYPE_ALIAS } from './names.ts'
import type { ChainSelection, Site } from './project.ts'

/** How rows of one kind are found by values of the chain. On a field it stands as `extensions.lookup`. */
export interface Lookup {
  /** Paths of the chain fields that make up the key. */
  readonly chainKeys: readonly string[]
  /**
   * Loads the rows for all keys, in as few queries as can be.
   * @returns rows by `keyText` of their key; a key without a row is not in it
   */
  load(request: LookupRequest): Promise<ReadonlyMap<Site, ReadonlyMap<string, unknown>>>
}

export interface LookupRequest {
  /** The distinct keys each place in the operation asks for. */
  readonly keys: ReadonlyMap<Site, ReadonlyMap<string, readonly string[]>>
  readonly context: object
  /** Of any field of the operation. */
  readonly info: GraphQLResolveInfo
}

/** A key as text; its parts are addresses, numbers and names, in none of which a zero byte can be. */
export function keyText(parts: readonly string[]): string {
  return parts.length === 1 ? String(parts[0]) : parts.join('\0')
}

interface Reference {
  readonly holder: Record<string, unknown>
  readonly key: string
}

interface Gathered {
  readonly keys: Map<string, readonly string[]>
  readonly references: Reference[]
}

/** @param values - what upstream answered under the selection: an object, or lists of them to any depth */
export async function attachRows(
  roots: readonly { readonly value: unknown; readonly selection: ChainSelection }[],
  context: object,
  info: GraphQLResolveInfo,
): Promise<void> {
  const gathered = new Map<Lookup, Map<Site, Gathered>>()
  for (const { value, selection } of roots) {
    gather(value, selection, info.schema, gathered)
  }
  await Promise.all([...gathered].map(([lookup, bySite]) => attach(lookup, bySite, context, info)))
}

async function attach(lookup: Lookup, bySite: Map<Site, Gathered>, context: object, info: GraphQLResolveInfo) {
  const keys = new Map([...bySite].map(([site, { keys: ofSite }]) => [site, ofSite]))
  const rows = await lookup.load({ keys, context, info }).catch((cause: unknown) => {
    return cause instanceof GatewayError ? cause : new DatabaseUnavailableError(cause)
  })
  for (const [site, { references }] of bySite) {
    const ofSite = rows instanceof Error ? undefined : rows.get(site)
    for (const { holder, key } of references) {
      holder[site.responseKey] = rows instanceof Error ? rows : (ofSite?.get(key) ?? null)
    }
  }
}

function gather(
  value: unknown,
  selection: ChainSelection,
  schema: GraphQLSchema,
  into: Map<Lookup, Map<Site, Gathered>>,
): void {
  if (!selection.hasSites) {
    return
  }
  if (Array.isArray(value)) {
    for (const item of value) {
      gather(item, selection, schema, into)
    }
    return
  }
  if (!isRecord(value) || value instanceof Error) {
    return
  }
  for (const site of selection.sites) {
    gatherSite(value, site, into)
  }
  for (const [responseKey, field] of selection.fields) {
    if (field.selection?.hasSites) {
      gather(value[responseKey], field.selection, schema, into)
    }
  }
  for (const fragment of selection.fragments.values()) {
    if (holds(schema, fragment, value[TYPE_ALIAS])) {
      gather(value, fragment, schema, into)
    }
  }
}

function gatherSite(holder: Record<string, unknown>, site: Site, into: Map<Lookup, Map<Site, Gathered>>): void {
  const lookup = lookupOf(site)
  if (lookup === undefined) {
    return
  }
  const parts = lookup.chainKeys.map((path) => readKey(holder, path))
  if (!parts.every((part) => typeof part === 'string' || typeof part === 'number')) {
    return // nothing to look up by; the executor finds no value and answers null
  }
  const texts = parts.map(String)
  const key = keyText(texts)
  const bySite = getOr(into, lookup, () => new Map<Site, Gathered>())
  const gathered = getOr(bySite, site, () => ({ keys: new Map(), references: [] }))
  gathered.keys.set(key, texts)
  gathered.references.push({ holder, key })
}

function holds(schema: GraphQLSchema, { type }: ChainSelection, typeName: unknown): boolean {
  if (type.name === typeName) {
    return true
  }
  const objectType = typeof typeName === 'string' ? schema.getType(typeName) : undefined
  return isAbstractType(type) && schema.getPossibleTypes(type).some((possible) => possible === objectType)
}

function lookupOf({ field }: Site): Lookup | undefined {
  const lookup: unknown = field.extensions.lookup
  return isLookup(lookup) ? lookup : undefined
}

function isLookup(value: unknown): value is Lookup {
  return isRecord(value) && typeof value.load === 'function'
}

function getOr<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  let value = map.get(key)
  if (value === undefined) {
    value = make()
    map.set(key, value)
  }
  return value
}
