import type { Entity } from '../../entity/entity.ts'
import { writePointers } from '../asc/array.ts'
import { readEntity, writeEntity } from '../asc/entity.ts'
import { readString } from '../asc/string.ts'
import { TYPE } from '../asc/type-id.ts'
import type { Caller } from '../caller.ts'
import type { HostFunctions } from './host-functions.ts'

/** Entities, as the running handler sees them; the rules are the EntityCache's. */
export function store(instance: Caller): HostFunctions {
  const writeFound = (entity: Entity | null): number => (entity ? writeEntity(instance.memory, entity) : 0)
  return {
    'store.get': (type = 0, id = 0) => {
      const { memory, call } = instance
      return writeFound(call.host.store.get(readString(memory, type), readString(memory, id)))
    },
    'store.get_in_block': (type = 0, id = 0) => {
      const { memory, call } = instance
      return writeFound(call.host.store.getInBlock(readString(memory, type), readString(memory, id)))
    },
    'store.loadRelated': (type = 0, id = 0, field = 0) => {
      const { memory, call } = instance
      const { store } = call.host
      const related = store.loadRelated(readString(memory, type), readString(memory, id), readString(memory, field))
      const pointers = related.map((entity) => writeEntity(memory, entity))
      return writePointers(memory, TYPE.arrayEntity, pointers)
    },
    'store.set': (type = 0, id = 0, data = 0) => {
      const { memory, call } = instance
      const { apiVersion } = call.trigger.source.definition
      const entity = readEntity(memory, data)
      call.host.store.set(readString(memory, type), readString(memory, id), entity, { apiVersion })
    },
    'store.remove': (type = 0, id = 0) => {
      const { memory, call } = instance
      call.host.store.remove(readString(memory, type), readString(memory, id))
    },
  }
}
