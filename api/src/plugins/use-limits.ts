import { GraphQLError, parse, validate } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { DocumentTooLargeError } from '../errors.ts'
import type { Limits } from '../limits/defaults.ts'
import { checkShape } from '../limits/document-shape.ts'
import { reservedNames } from '../limits/reserved-names.ts'

/** Refuses documents that are too long, too deep or too large before they are validated, and long lists of complaints. */
export function useLimits(limits: Limits): Plugin {
  return {
    onParse({ setParseFn }) {
      setParseFn((source: string) => {
        const document = parseBounded(source, limits.maxTokens)
        checkShape(document, limits)
        return document
      })
    },
    onValidate({ addValidationRule, setValidationFn }) {
      addValidationRule(reservedNames)
      setValidationFn((schema, document, rules) =>
        validate(schema, document, rules, { maxErrors: limits.maxValidationErrors - 1 }),
      )
    },
  }
}

function parseBounded(source: string, maxTokens: number) {
  try {
    return parse(source, { maxTokens })
  } catch (error) {
    if (error instanceof GraphQLError && error.message.includes(`more that ${maxTokens} tokens`)) {
      throw new DocumentTooLargeError('TOO_MANY_TOKENS', maxTokens)
    }
    throw error
  }
}
