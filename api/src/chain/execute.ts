/** Runs an operation across both worlds at one block: once more, from the start, if that block is reorganised away. */
import type { ExecutionArgs, ExecutionResult, GraphQLResolveInfo, GraphQLSchema } from 'graphql'
import { execute, GraphQLError } from 'graphql'
import { stateAsked } from './as-of.ts'
import { extensionsOf } from './extensions.ts'
import { ChainOperation } from './operation.ts'
import { createPlanner, type OperationPlan } from './plan.ts'
import type { Upstream } from './upstream.ts'

export interface ExecutorDeps {
  readonly upstream: Upstream
  /** As `parseChainSchema` returns it. */
  readonly chainSchema: GraphQLSchema
  /** How long an operation may take, milliseconds. */
  readonly timeoutMs: number
}

export type Executor = (args: ExecutionArgs, signal?: AbortSignal) => Promise<ExecutionResult>

export function createExecutor({ upstream, chainSchema, timeoutMs }: ExecutorDeps): Executor {
  const planOf: (info: GraphQLResolveInfo) => OperationPlan = createPlanner(chainSchema)
  return async (args, clientSignal) => {
    const deadline = new AbortController()
    // Not AbortSignal.timeout: it would stay behind, long after the answer is out.
    const timer = setTimeout(() => deadline.abort(new DOMException('the deadline passed', 'TimeoutError')), timeoutMs)
    const signal = clientSignal ? AbortSignal.any([clientSignal, deadline.signal]) : deadline.signal
    const variables = args.variableValues ?? {}
    const at = stateAsked(args)
    const run = async (mayRestart: boolean): Promise<ExecutionResult> => {
      const chain = new ChainOperation({ upstream, chainSchema, planOf }, { variables, signal, ...(at && { at }) })
      const result = await execute({ ...args, contextValue: { ...Object(args.contextValue), chain } })
      return chain.reorged && mayRestart ? run(false) : withFacts(result, chain)
    }
    try {
      return await run(isQuery(args))
    } finally {
      clearTimeout(timer)
    }
  }
}

/** A mutation must not run twice, whatever the chain does meanwhile. */
function isQuery({ document, operationName }: ExecutionArgs): boolean {
  const operations = document.definitions.filter((definition) => definition.kind === 'OperationDefinition')
  const operation = operationName ? operations.find(({ name }) => name?.value === operationName) : operations[0]
  return operation?.operation === 'query'
}

function withFacts(result: ExecutionResult, { facts, notices }: ChainOperation): ExecutionResult {
  const extensions = { ...result.extensions, ...extensionsOf(facts) }
  const errors = [
    ...(result.errors ?? []),
    ...notices.map((notice) => new GraphQLError(notice.message, { originalError: notice })),
  ]
  return {
    ...(errors.length > 0 && { errors }),
    ...(result.data !== undefined && { data: result.data }),
    ...(Object.keys(extensions).length > 0 && { extensions }),
  }
}
