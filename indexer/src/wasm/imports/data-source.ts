import type { Hex } from '../../chain/block.ts'
import type { Context, NewSource } from '../../deployment/deployment.ts'
import { MappingError } from '../../errors.ts'
import { filePath } from '../../ipfs/path.ts'
import { readPointers } from '../asc/array.ts'
import { writeHex } from '../asc/bytes.ts'
import { readEntity, writeEntity } from '../asc/entity.ts'
import { readString, writeString } from '../asc/string.ts'
import type { Caller } from '../caller.ts'
import { contextFromEntity, entityFromContext } from '../context.ts'
import { readAddressText } from './address-text.ts'
import type { HostFunctions } from './host-functions.ts'

/** The data source whose handler runs, and new ones from templates. */
export function dataSource(instance: Caller): HostFunctions {
  const create = (name: string, params: readonly string[], context: Context): void => {
    const { host, trigger, newSources, logs } = instance.call
    const template = host.templates.get(name)
    if (template === undefined) {
      const names = [...host.templates.keys()].join(', ')
      throw new MappingError(
        `Failed to create data source from name \`${name}\`: No template with this name in parent data source ` +
          `\`${trigger.source.definition.name}\`. Available names: ${names}.`,
      )
    }
    if (template.fileHandler !== undefined) {
      const address = readFilePath(name, params[0])
      if (address !== null) newSources.push({ template: name, address, context })
      else
        logs.push({
          level: 'warning',
          message: `ignoring data source creation due to invalid parameter: '${params[0]}'`,
        })
      return
    }
    if (trigger.kind === 'file') {
      throw new MappingError(
        'Attempted to create on-chain data source in offchain data source handler. This is not yet supported.',
      )
    }
    newSources.push({ template: name, ...readAddress(name, params[0]), context })
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

/** @returns the bytes of its text; null if it names no content, which is no reason to fail: mappings take it from events */
function readFilePath(template: string, param: string | undefined): Hex | null {
  if (param === undefined) {
    throw new MappingError(`Failed to create data source from template \`${template}\`: source parameter is missing`)
  }
  const path = filePath(param)
  return path === null ? null : `0x${Buffer.from(path, 'utf8').toString('hex')}`
}

/** What is wrong with it is no failing of the handler: graph-node notices when the data source is to be made. */
function readAddress(template: string, param: string | undefined): Pick<NewSource, 'address' | 'problem'> {
  const failure = `Failed to create data source from template \`${template}\``
  if (param === undefined) return { address: '0x', problem: `${failure}: address parameter is missing` }
  const read = readAddressText(param)
  return 'address' in read ? read : { address: '0x', problem: `${failure}, invalid address provided: ${read.problem}` }
}
