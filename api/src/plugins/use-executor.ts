import type { Plugin } from 'graphql-yoga'
import type { Executor } from '../chain/execute.ts'

/** Executes with graphql-js and the projector. Cancelled when the client goes away. */
export function useExecutor(execute: Executor): Plugin<{ request: Request }> {
  return {
    onExecute({ args, setExecuteFn }) {
      setExecuteFn(() => execute(args, args.contextValue.request.signal))
    },
  }
}
