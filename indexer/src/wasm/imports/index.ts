import { MappingError } from '../../errors.ts'
import type { Caller } from '../caller.ts'
import { abort } from './abort.ts'
import { bigDecimal } from './big-decimal.ts'
import { bigInt } from './big-int.ts'
import { crypto } from './crypto.ts'
import { dataSource } from './data-source.ts'
import { ens } from './ens.ts'
import { ethereum } from './ethereum.ts'
import type { HostFunctions } from './host-functions.ts'
import { ipfs } from './ipfs.ts'
import { json } from './json.ts'
import { log } from './log.ts'
import { store } from './store.ts'
import { typeConversion } from './type-conversion.ts'
import { yaml } from './yaml.ts'

/** One for each namespace of graph-ts. */
const NAMESPACES: readonly ((instance: Caller) => HostFunctions)[] = [
  abort,
  bigDecimal,
  bigInt,
  crypto,
  dataSource,
  ens,
  ethereum,
  ipfs,
  json,
  log,
  store,
  typeConversion,
  yaml,
]

/**
 * The import object of a module. Functions are found by their field name alone, as the module part is only the name of a
 * source file. What we do not offer fails when it is called, not before: many mappings import more than they use.
 */
export function hostFunctions(
  imports: readonly WebAssembly.ModuleImportDescriptor[],
  instance: Caller,
): WebAssembly.Imports {
  const offered: HostFunctions = Object.assign({}, ...NAMESPACES.map((namespace) => namespace(instance)))
  const object: Record<string, Record<string, WebAssembly.ImportValue>> = {}
  for (const { module, name } of imports) {
    const fields = object[module] ?? {}
    object[module] = fields
    fields[name] = offered[name] ?? refused(name)
  }
  return object
}

function refused(name: string): () => never {
  return () => {
    throw new MappingError(`the host function \`${name}\` is not available.`)
  }
}
