import { IndexerError } from '../errors.ts'

/** An error on its way between threads, where classes are lost. */
export interface PackedError {
  readonly name: string
  readonly message: string
  readonly stack: string | undefined
  /** Also that of Node and of the database's driver. */
  readonly code: string | undefined
  /** Of errors that errors.ts knows. */
  readonly known?: Pick<IndexerError, 'code' | 'remedy' | 'facts'>
  /** Text for what was thrown and is no error. */
  readonly cause?: PackedError | string
}

export function packError(error: unknown): PackedError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), stack: undefined, code: undefined }
  const { name, message, stack, cause } = error
  const code: unknown = Reflect.get(error, 'code')
  return {
    name,
    message,
    stack,
    code: typeof code === 'string' ? code : undefined,
    ...(error instanceof IndexerError ? { known: { code: error.code, remedy: error.remedy, facts: error.facts } } : {}),
    ...(cause === undefined ? {} : { cause: cause instanceof Error ? packError(cause) : String(cause) }),
  }
}

/** @returns an {@link IndexerError} with the same code, facts and remedy, if it was one; of no class of errors.ts, so ask for its code */
export function unpackError(packed: PackedError): Error {
  const { name, message, stack, code, known, cause } = packed
  const options = cause === undefined ? {} : { cause: typeof cause === 'string' ? cause : unpackError(cause) }
  const error =
    known === undefined
      ? Object.assign(new Error(message, options), { name }, code === undefined ? {} : { code })
      : new CarriedError(name, message, known, options)
  if (stack !== undefined) error.stack = stack
  return error
}

class CarriedError extends IndexerError {
  override readonly name: string
  readonly code: IndexerError['code']
  readonly remedy: IndexerError['remedy']
  readonly facts: object

  constructor(
    name: string,
    message: string,
    { code, remedy, facts }: NonNullable<PackedError['known']>,
    options: ErrorOptions,
  ) {
    super(message, options)
    this.name = name
    this.code = code
    this.remedy = remedy
    this.facts = facts
  }
}
