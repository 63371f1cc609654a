import { TemplateMissingError } from '../errors.ts'
import type { DataSource, Deployment, NewSource, SourceDefinition } from './deployment.ts'

/** The data sources of the manifest, in its order. */
export function staticSources({ dataSources }: Deployment): DataSource[] {
  return dataSources.map((definition) => ({
    definition,
    ...(definition.address === undefined ? {} : { address: definition.address }),
    startBlock: definition.startBlock,
    ...(definition.endBlock === undefined ? {} : { endBlock: definition.endBlock }),
    context: definition.context,
  }))
}

/**
 * The data source that a handler grew from a template.
 * @param atBlock - the block whose handler made it: it lives from there on, and sees that whole block
 * @throws {@link TemplateMissingError} if the deployment has no such template
 */
export function instantiate(
  deployment: Deployment,
  { template, address, context }: NewSource,
  atBlock: number,
): DataSource {
  const definition = findTemplate(deployment, template)
  if (!definition)
    throw new TemplateMissingError(
      template,
      deployment.templates.map((one) => one.name),
    )
  return { definition, address, startBlock: atBlock, context }
}

/** The entity types that handlers of files write. */
export function fileTypes({ templates }: Pick<Deployment, 'templates'>): Set<string> {
  return new Set(templates.flatMap(({ fileHandler }) => fileHandler?.entities ?? []))
}

export function findTemplate({ templates }: Deployment, name: string): SourceDefinition | null {
  return templates.find((template) => template.name === name) ?? null
}

export function isLive({ startBlock, endBlock = Number.POSITIVE_INFINITY }: DataSource, at: number): boolean {
  return startBlock <= at && at <= endBlock
}
