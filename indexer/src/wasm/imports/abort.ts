import { readStringOrNull } from '../asc/string.ts'
import type { Caller } from '../caller.ts'
import { MappingAbort } from '../trap.ts'
import type { HostFunctions } from './host-functions.ts'

/** AssemblyScript's `abort`: `throw`, failed assertions, nulls where `!` stood. */
export function abort(instance: Caller): HostFunctions {
  return {
    abort: (message = 0, file = 0, line = 0, column = 0) => {
      const { memory } = instance
      const name = readStringOrNull(memory, file)
      throw new MappingAbort(readStringOrNull(memory, message), name === null ? null : { file: name, line, column })
    },
  }
}
