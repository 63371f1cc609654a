import { EnsLabelsMissingError } from '../../errors.ts'
import { readString, writeString } from '../asc/string.ts'
import type { Caller } from '../caller.ts'
import type { HostFunctions } from './host-functions.ts'

/** Labels of the Ethereum Name Service by their hashes: null where nobody has told. */
export function ens(instance: Caller): HostFunctions {
  return {
    'ens.nameByHash': (hash = 0) => {
      const { memory, call } = instance
      const label = call.host.ens?.label(readString(memory, hash)) ?? { isLookedUp: true, text: null }
      if (!label.isLookedUp) throw new EnsLabelsMissingError()
      return label.text === null ? 0 : writeString(memory, label.text)
    },
  }
}
