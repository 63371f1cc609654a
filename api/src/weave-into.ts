/** Turns the declared joins into fields. */
import { type GraphQLSchema, isInterfaceType, isObjectType } from 'graphql'
import type { Builder, ChainObject } from './builder.ts'
import { filterType } from './chain/crossing.ts'
import { resolveByResponseKey } from './chain/schema.ts'
import { WeaveError } from './errors.ts'
import { readPage } from './page.ts'
import { rowLookup } from './rows.ts'
import type { EntitiesThread, RowThread, Thread } from './thread.ts'

/** @throws WeaveError if a join names a type, a field or a list the subgraph does not have */
export function weaveInto(builder: Builder, chainSchema: GraphQLSchema, threads: readonly Thread[]): void {
  for (const thread of threads) {
    if (thread.kind === 'row') {
      weaveRow(builder, chainSchema, thread)
    } else {
      weaveEntities(builder, chainSchema, thread)
    }
  }
}

function weaveRow(builder: Builder, chainSchema: GraphQLSchema, thread: RowThread): void {
  const { entity, field, type, description } = thread
  for (const path of Object.values(thread.by)) {
    requireField(chainSchema, entity, path.split('.')[0] ?? path)
  }
  const lookup = rowLookup(thread)
  builder.objectField(entity, field, (t) =>
    t.field({
      type,
      nullable: true,
      description,
      extensions: { chainKeys: lookup.chainKeys, lookup },
      resolve: (source, args, context, info) => {
        const row = resolveByResponseKey(source, args, context, info)
        if (context.chain.crossed) {
          lookup.settle(row, context, info)
        }
        return row as ChainObject | null
      },
    }),
  )
}

function weaveEntities(builder: Builder, chainSchema: GraphQLSchema, thread: EntitiesThread): void {
  const { model, field, type, description, query, by, select, keys } = thread
  requireField(chainSchema, type, by)
  filterType(chainSchema, thread)
  builder.prismaObjectField(model, field, (t) =>
    t.field({
      type: [type],
      nullable: true,
      description,
      args: { first: t.arg.int({ defaultValue: 100 }), skip: t.arg.int({ defaultValue: 0 }) },
      select,
      resolve: async (row: object, args, context, info) => {
        const page = readPage(args)
        return [...(await context.chain.cross({ crossing: { query, by }, keys: keys(row), page, context, info }))]
      },
    }),
  )
}

function requireField(chainSchema: GraphQLSchema, typeName: string, field: string): void {
  const type = chainSchema.getType(typeName)
  if (!(isObjectType(type) || isInterfaceType(type)) || !(field in type.getFields())) {
    throw new WeaveError(`The subgraph has no ${typeName}.${field}. Correct api/src/weave.ts or the subgraph's schema.`)
  }
}
