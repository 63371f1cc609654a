import type { Entity } from '../../entity/entity.ts'
import type { Value } from '../../entity/value.ts'
import type { Memory } from '../memory.ts'
import { readPointers, writePointers, writeWords } from './array.ts'
import { readValue, writeValue } from './store-value.ts'
import { readString, writeString } from './string.ts'
import { TYPE } from './type-id.ts'

/** Reads a `TypedMap<string, Value>`, Nulls included. Of a field that is there twice, the last counts. */
export function readEntity(memory: Memory, pointer: number): Map<string, Value> {
  const entity = new Map<string, Value>()
  for (const entry of readPointers(memory, memory.word(memory.object(pointer)))) {
    const ptr = memory.object(entry)
    entity.set(readString(memory, memory.word(ptr)), readValue(memory, memory.word(ptr + 4)))
  }
  return entity
}

/** Writes an entity or the context of a data source, its fields by name. */
export function writeEntity(memory: Memory, entity: Entity): number {
  const entries: number[] = []
  for (const name of sortedNames(entity)) {
    const value = entity.get(name)
    if (value === undefined) continue
    const key = writeString(memory, name)
    entries.push(writeWords(memory, TYPE.entryStringStoreValue, [key, writeValue(memory, value)]))
  }
  const array = writePointers(memory, TYPE.arrayEntryStringStoreValue, entries)
  return writeWords(memory, TYPE.mapStringStoreValue, [array])
}

function sortedNames(entity: Entity): string[] {
  return [...entity.keys()].sort()
}
