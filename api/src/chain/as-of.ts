/** `@asOf`: which state of the chain an operation is answered at, where its fields name no block of their own. */
import {
  DirectiveLocation,
  type ExecutionArgs,
  GraphQLDirective,
  GraphQLEnumType,
  GraphQLNonNull,
  getDirectiveValues,
  getOperationAST,
  getVariableValues,
} from 'graphql'
import type { SettledState } from './upstream.ts'

const finality = new GraphQLEnumType({
  name: '_Finality_',
  description: 'How certain it is that the chain keeps a block.',
  values: {
    LATEST: { value: 'latest', description: 'The newest indexed block, which a reorg may replace.' },
    SAFE: { value: 'safe', description: 'The newest one that is unlikely to be replaced.' },
    FINAL: { value: 'final', description: 'The newest one that is not replaced any more.' },
  },
})

export const asOf = new GraphQLDirective({
  name: 'asOf',
  description:
    'Which state of the chain answers the operation; fields with a block of their own keep it. extensions.chain.block says which it is.',
  locations: [DirectiveLocation.QUERY],
  args: { finality: { type: new GraphQLNonNull(finality) } },
})

/** What an operation asks for; undefined for the latest. Variables that do not fit are reported where it is executed. */
export function stateAsked({
  document,
  operationName,
  schema,
  variableValues,
}: ExecutionArgs): SettledState | undefined {
  const operation = getOperationAST(document, operationName)
  if (!operation?.directives?.some(({ name }) => name.value === asOf.name)) {
    return undefined
  }
  const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], variableValues ?? {})
  const asked = coerced && getDirectiveValues(asOf, operation, coerced)?.finality
  return asked === 'safe' || asked === 'final' ? asked : undefined
}
