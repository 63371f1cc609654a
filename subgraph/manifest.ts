/** Where one contract lives, as graph-cli's `networks.json` says it. */
export type Place = { readonly address: string; readonly startBlock: number }

/** What the manifest needs to know of a deployment. */
export type Deployment = { readonly network: string; readonly places: Readonly<Record<string, Place>> }

/** The manifest, a deployment or an ABI cannot be used; `code` is stable, the message says what to do. */
export class SubgraphBuildError extends Error {
  override readonly name = 'SubgraphBuildError'
  readonly code: Uppercase<string>

  constructor(code: Uppercase<string>, message: string, cause?: unknown) {
    super(message, { cause })
    this.code = code
  }
}

/**
 * Reads a deployment file, as the deploy step of `contracts/` writes it.
 * @param text - `{ network, startBlock, contracts: { <name>: address } }`; other keys are ignored
 * @throws {@link SubgraphBuildError} `SUBGRAPH_DEPLOYMENT_INVALID`
 */
export function parseDeployment(text: string): Deployment {
  const { network, startBlock, contracts } = asRecord(parseJson(text), 'a deployment')
  if (typeof network !== 'string' || network === '') throw invalid('network must be a name')
  const places = Object.entries(asRecord(contracts, 'contracts')).map(
    ([name, address]) => [name, asPlace(name, { address, startBlock })] as const,
  )
  return { network, places: Object.fromEntries(places) }
}

/**
 * Reads graph-cli's `networks.json`: the addresses to build for when nothing was deployed yet.
 * @param text - `{ <network>: { <name>: { address, startBlock } } }`
 * @throws {@link SubgraphBuildError} `SUBGRAPH_DEPLOYMENT_INVALID`
 */
export function parseNetworks(text: string, network: string): Deployment {
  const contracts = asRecord(asRecord(parseJson(text), 'networks.json')[network], `the network ${network}`)
  const places = Object.entries(contracts).map(([name, place]) => [name, asPlace(name, place)] as const)
  return { network, places: Object.fromEntries(places) }
}

/**
 * Fills in the template's `${network}`, `${abis}`, `${<Contract>.address}` and `${<Contract>.startBlock}`.
 * @param abis - the folder of the ABIs, relative to the manifest
 * @throws {@link SubgraphBuildError} `SUBGRAPH_PLACEHOLDER_UNKNOWN` if the deployment lacks what the template asks for
 */
export function renderManifest(template: string, { network, places }: Deployment, abis: string): string {
  const values = new Map<string, string>([
    ['network', network],
    ['abis', abis],
    ...Object.entries(places).flatMap(([name, { address, startBlock }]): [string, string][] => [
      [`${name}.address`, address],
      [`${name}.startBlock`, String(startBlock)],
    ]),
  ])
  return template.replace(/\$\{([\w.]+)\}/g, (_, placeholder: string) => {
    const value = values.get(placeholder)
    if (value !== undefined) return value
    const message = `The manifest asks for ${placeholder}, which the deployment does not have.`
    throw new SubgraphBuildError('SUBGRAPH_PLACEHOLDER_UNKNOWN', message)
  })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw invalid('it is not JSON', cause)
  }
}

function asRecord(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(`${what} must be an object`)
  return { ...value }
}

function asPlace(name: string, value: unknown): Place {
  const { address, startBlock } = asRecord(value, name)
  if (typeof address !== 'string' || !/^0x[0-9a-fA-F]{40}$/.test(address)) throw invalid(`${name} has no address`)
  if (!Number.isSafeInteger(startBlock) || Number(startBlock) < 0) throw invalid(`${name} has no start block`)
  return { address, startBlock: Number(startBlock) }
}

function invalid(why: string, cause?: unknown): SubgraphBuildError {
  const message = `The deployment cannot be read: ${why}. Deploy the contracts again, or leave --deployment out.`
  return new SubgraphBuildError('SUBGRAPH_DEPLOYMENT_INVALID', message, cause)
}
