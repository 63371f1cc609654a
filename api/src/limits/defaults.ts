/** What anybody may send. Generous for people, far below what hurts. */
export const limits = {
  /** The request's body, before it is parsed. */
  maxBodyBytes: 100_000,
  maxTokens: 2_000,
  maxDepth: 15,
  maxIntrospectionDepth: 18,
  /** Lists and objects within each other, in one variable. */
  maxVariableDepth: 50,
  /** Selected fields, fragments counted wherever they are spread. */
  maxFields: 5_000,
  /** Of the subgraph's answer to one document. */
  maxResponseBytes: 50_000_000,
  /** Texts whose parsed form is remembered, in bytes of text. */
  maxRememberedBytes: 5_000_000,
  /** Problems told of one document. */
  maxValidationErrors: 10,
} as const

export type Limits = { readonly [Name in keyof typeof limits]: number }
