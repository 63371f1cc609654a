import type { Memory } from '../memory.ts'
import { writePointers, writeWords } from './array.ts'
import { writeString } from './string.ts'
import { writeTagged } from './tagged.ts'
import { TYPE } from './type-id.ts'

/** JSON as mappings see it: numbers keep their text, object entries are sorted by key. */
export type JsonValue =
  | { readonly kind: 'null' }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'number'; readonly value: string }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'array'; readonly value: readonly JsonValue[] }
  | { readonly kind: 'object'; readonly value: readonly (readonly [string, JsonValue])[] }

/** graph-ts `JSONValueKind`. */
const KIND = { null: 0, bool: 1, number: 2, string: 3, array: 4, object: 5 } as const

export function writeJsonValue(memory: Memory, value: JsonValue): number {
  return writeTagged(memory, TYPE.jsonValue, KIND[value.kind], writePayload(memory, value))
}

function writePayload(memory: Memory, value: JsonValue): number {
  switch (value.kind) {
    case 'null':
      return 0
    case 'bool':
      return value.value ? 1 : 0
    case 'number':
    case 'string':
      return writeString(memory, value.value)
    case 'array': {
      const elements = value.value.map((each) => writeJsonValue(memory, each))
      return writePointers(memory, TYPE.arrayJsonValue, elements)
    }
    case 'object': {
      const entries = value.value.map(([key, each]) =>
        writeWords(memory, TYPE.entryStringJsonValue, [writeString(memory, key), writeJsonValue(memory, each)]),
      )
      return writeWords(memory, TYPE.mapStringJsonValue, [
        writePointers(memory, TYPE.arrayEntryStringJsonValue, entries),
      ])
    }
  }
}
