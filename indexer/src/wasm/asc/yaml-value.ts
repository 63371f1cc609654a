import type { Memory } from '../memory.ts'
import { writePointers, writeWords } from './array.ts'
import { writeString } from './string.ts'
import { writeTagged } from './tagged.ts'
import { TYPE } from './type-id.ts'

/** YAML as mappings see it: numbers as text, entries in the document's order, keys of any kind. */
export type YamlValue =
  | { readonly kind: 'null' }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'number'; readonly value: string }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'array'; readonly value: readonly YamlValue[] }
  | { readonly kind: 'object'; readonly value: readonly (readonly [YamlValue, YamlValue])[] }
  | { readonly kind: 'tagged'; readonly tag: string; readonly value: YamlValue }

/** graph-ts `YAMLValueKind`. */
const KIND = { null: 0, bool: 1, number: 2, string: 3, array: 4, object: 5, tagged: 6 } as const

export function writeYamlValue(memory: Memory, value: YamlValue): number {
  return writeTagged(memory, TYPE.yamlValue, KIND[value.kind], writePayload(memory, value))
}

function writePayload(memory: Memory, value: YamlValue): number {
  switch (value.kind) {
    case 'null':
      return 0
    case 'bool':
      return value.value ? 1 : 0
    case 'number':
    case 'string':
      return writeString(memory, value.value)
    case 'array': {
      const elements = value.value.map((each) => writeYamlValue(memory, each))
      return writePointers(memory, TYPE.arrayYamlValue, elements)
    }
    case 'object': {
      const entries = value.value.map(([key, each]) =>
        writeWords(memory, TYPE.entryYamlValue, [writeYamlValue(memory, key), writeYamlValue(memory, each)]),
      )
      return writeWords(memory, TYPE.mapYamlValue, [writePointers(memory, TYPE.arrayEntryYamlValue, entries)])
    }
    case 'tagged':
      return writeWords(memory, TYPE.yamlTaggedValue, [
        writeString(memory, value.tag),
        writeYamlValue(memory, value.value),
      ])
  }
}
