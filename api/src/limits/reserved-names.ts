import { type ASTNode, GraphQLError, type ValidationRule } from 'graphql'
import { RESERVED } from '../chain/names.ts'

/** Refuses aliases and variables that the projector keeps for itself. */
export const reservedNames: ValidationRule = (context) => ({
  Field: ({ alias }) => {
    if (alias && RESERVED.test(alias.value)) {
      context.reportError(new GraphQLError(`The alias "${alias.value}" is reserved.`, reserved(alias)))
    }
  },
  VariableDefinition: ({ variable }) => {
    if (RESERVED.test(variable.name.value)) {
      context.reportError(new GraphQLError(`The variable "$${variable.name.value}" is reserved.`, reserved(variable)))
    }
  },
})

function reserved(nodes: ASTNode) {
  return { nodes, extensions: { code: 'RESERVED_NAME' } }
}
