import type { GraphQLInputField } from 'graphql'
import type { Collection } from '../api.ts'
import type { Question } from '../question.ts'
import type { Row } from './entities.ts'
import { idOf, inCapitals, literal, literalList, part } from './filters.ts'

const ofParts = /^(not_)?(contains|starts_with|ends_with)(_nocase)?$/
const ofWholes = /^(|not|gt|lt|gte|lte|in|not_in)$/

/**
 * For one field of each kind all its operators side by side, with values that rows have: whatever one of them lets through,
 * there is a row that tells. What is refused takes the others' answers along, so those for parts of values are apart.
 */
export function operators(collections: readonly Collection[], rowsOf: (field: string) => readonly Row[]): Question[] {
  const seen = new Set<string>()
  return collections.flatMap(({ field, fields, where, needs }) => {
    if (where === undefined || needs.length > 0) return []
    const inputs = where.getFields()
    return fields.flatMap(({ name, type, kind, isList }) => {
      const input = inputs[name]
      const values = distinct(rowsOf(field).map((row) => idOf(row[name])))
      const target = collections.find((one) => one.type === type && one.kind !== 'aggregation')
      const refersTo = target?.fields.find((one) => one.name === 'id')?.type
      const what = `${name === 'id'} ${input?.type} ${kind === 'leaf' ? type : refersTo} ${isList}`
      if (input === undefined || values.length < 2 || seen.has(what)) return []
      seen.add(what)
      return [ofParts, ofWholes].flatMap((these) => {
        const filters = Object.values(inputs).flatMap((one) => filtersOf(one, name, these, values))
        const lists = filters.map((filter, at) => `q${at}: ${field}(first: 1000, where: { ${filter} }) { id }`)
        if (lists.length === 0) return []
        return [
          {
            name: `operators/${field}.${name} ${lists.length}`,
            query: `{ ${lists.join(' ')} }`,
            about: `${what} ${these}`,
          },
        ]
      })
    })
  })
}

function filtersOf(input: GraphQLInputField, field: string, these: RegExp, values: readonly unknown[]): string[] {
  const [start, operator = ''] = [input.name.slice(0, field.length + 1), input.name.slice(field.length + 1)]
  const isOperator = input.name === field || (start === `${field}_` && operator !== '')
  if (!isOperator || !these.test(operator)) return []
  return operandsOf(operator, values).map((operand) => {
    const text = Array.isArray(operand) ? literalList(operand, input.type) : literal(operand, input.type)
    return `${input.name}: ${text}`
  })
}

/** What one value has, and another has nearly. */
function operandsOf(operator: string, values: readonly unknown[]): unknown[] {
  const [one, other] = [values[values.length >> 1], values[0]]
  if (operator === 'in' || operator === 'not_in') return [[one, other]]
  if (Array.isArray(one)) return operator === '' || operator === 'not' ? [one] : [one.slice(0, 1), inCapitals(one), []]
  if (!operator.includes('_') && !operator.includes('contains')) return [one, other]
  const some = part(one, operator)
  return typeof some !== 'string' || some.startsWith('0x') ? [some] : [some.toLowerCase(), some.toUpperCase()]
}

/** What there is, once each; lists of nothing tell little. */
function distinct(values: readonly unknown[]): unknown[] {
  const some = values.filter((value) => value !== null && !(Array.isArray(value) && value.length === 0))
  return [...new Map(some.map((value) => [JSON.stringify(value), value])).values()]
}
