import { MappingError } from '../../errors.ts'
import { TYPE } from '../asc/type-id.ts'
import { writeResult } from '../asc/wrapped.ts'
import { writeYamlValue } from '../asc/yaml-value.ts'
import type { Caller } from '../caller.ts'
import type { HostFunctions } from './host-functions.ts'
import { readInput } from './json.ts'
import { parseYaml } from './yaml-text.ts'

const RESULT = { result: TYPE.resultYamlValueBool, wrapped: TYPE.wrappedYamlValue }

/** One YAML document, as serde_yaml sees it. */
export function yaml(instance: Caller): HostFunctions {
  return {
    'yaml.fromBytes': (bytes = 0) => {
      const input = readInput(instance, bytes, 'YAML')
      const value = parseYaml(input)
      if (!value) {
        throw new MappingError('failed to parse YAML from bytes: it is not what serde_yaml reads')
      }
      return writeYamlValue(instance.memory, value)
    },
    'yaml.try_fromBytes': (bytes = 0) => {
      const { memory } = instance
      const value = parseYaml(readInput(instance, bytes, 'YAML'))
      return writeResult(memory, RESULT, value && writeYamlValue(memory, value))
    },
  }
}
