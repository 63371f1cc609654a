import type { Hex } from '../../chain/block.ts'
import type { Context } from '../../deployment/deployment.ts'
import { MappingError } from '../../errors.ts'
import { readPointers } from '../asc/array.ts'
import { writeHex } from '../asc/bytes.ts'
import { readEntity, writeEntity } from '../asc/entity.ts'
import { readString, writeString } from '../asc/string.ts'
import { contextFromEntity, entityFromContext } from '../context.ts'
import type { WasmInstance } from '../instance.ts'
import type { HostFunctions } from './host-functions.ts'

/** The data source whose handler runs, and new ones from templates. */
export function dataSource(instance: WasmInstance): HostFunctions {
  const create = (name: string, params: readonly string[], context: Context): void => {
    const { host, trigger, newSources } = instance.call
    if (!host.templates.has(name)) {
      const names = [...host.templates.keys()].join(', ')
      throw new MappingError(
        `Failed to create data source from name \`${name}\`: No template with this name in parent data source ` +
          `\`${trigger.source.definition.name}\`. Available names: ${names}.`,
      )
    }
    newSources.push({ template: name, address: readAddress(name, params[0]), context })
  }
  const readParams = (params: number): string[] =>
    readPointers(instance.memory, params).map((each) => readString(instance.memory, each))
  return {
    'dataSource.create': (name = 0, params = 0) => {
      create(readString(instance.memory, name), readParams(params), {})
    },
    'dataSource.createWithContext': (name = 0, params = 0, context = 0) => {
      const entity = readEntity(instance.memory, context)
      create(readString(instance.memory, name), readParams(params), contextFromEntity(entity))
    },
    // A wildcard source has none, and answers with no bytes at all, as graph-node's does.
    'dataSource.address': () => writeHex(instance.memory, instance.call.trigger.source.address ?? '0x'),
    'dataSource.network': () => writeString(instance.memory, instance.network),
    'dataSource.context': () => writeEntity(instance.memory, entityFromContext(instance.call.trigger.source.context)),
  }
}

function readAddress(template: string, param: string | undefined): Hex {
  const failure = `Failed to create data source from template \`${template}\``
  if (param === undefined) throw new MappingError(`${failure}: address parameter is missing`)
  const [, digits] = /^(?:0x)?([0-9a-fA-F]{40})$/.exec(param) ?? []
  if (digits === undefined) throw new MappingError(`${failure}, invalid address provided`)
  return `0x${digits.toLowerCase()}`
}
