import { MappingError } from '../../errors.ts'
import { readString } from '../asc/string.ts'
import type { Caller } from '../caller.ts'
import type { LogLevel } from '../host.ts'
import type { HostFunctions } from './host-functions.ts'

/** By graph-ts' number; whatever else comes is debug. */
const LEVELS: readonly LogLevel[] = ['critical', 'error', 'warning', 'info', 'debug']

/** A critical line ends the handler, and with it the deployment. */
export function log(instance: Caller): HostFunctions {
  return {
    'log.log': (number = 0, text = 0) => {
      const level = LEVELS[number] ?? 'debug'
      const message = readString(instance.memory, text)
      if (level === 'critical') throw new MappingError(`Critical error logged in mapping with log message: ${message}`)
      instance.call.logs.push({ level, message })
    },
  }
}
