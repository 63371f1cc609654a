import { type GraphQLSchema, Kind, parse, print, valueFromASTUntyped, visit } from 'graphql'
import type { Question } from '../question.ts'

/** The question with every argument of its roots as a variable, enums as texts and objects whole; itself where it has some. */
export function hoisted(question: Question, schema: GraphQLSchema): Question {
  const { query = '', variables: given } = question
  if (given !== undefined || query.includes('$')) return question
  const roots = schema.getQueryType()?.getFields() ?? {}
  const declared: { readonly text: string; readonly value: unknown }[] = []
  try {
    const document = visit(parse(query), {
      SelectionSet: (_node, _key, parent) => (isOperation(parent) ? undefined : false),
      Field: (field) => ({
        ...field,
        arguments: field.arguments?.map((argument) => {
          const type = roots[field.name.value]?.args.find(({ name }) => name === argument.name.value)?.type
          if (type === undefined) return argument
          const text = `$a${declared.length}: ${type}`
          const name = { kind: Kind.NAME, value: `a${declared.length}` } as const
          declared.push({ text, value: valueFromASTUntyped(argument.value) })
          return { ...argument, value: { kind: Kind.VARIABLE, name } as const }
        }),
      }),
    })
    if (declared.length === 0) return question
    const text = print(document).replace(
      /^(query \w+)?\s*\{/,
      `query (${declared.map((one) => one.text).join(', ')}) {`,
    )
    return {
      ...question,
      query: text,
      variables: Object.fromEntries(declared.map(({ value }, at) => [`a${at}`, value])),
    }
  } catch {
    // What was spoilt is no GraphQL any more.
    return question
  }
}

const isOperation = (node: unknown) =>
  typeof node === 'object' && node !== null && 'kind' in node && node.kind === Kind.OPERATION_DEFINITION
