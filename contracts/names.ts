/** The contracts of this package that have neighbours: each has an ABI in build/abis. */
export const contractNames = ['Atelier', 'Collection', 'Patron', 'Market', 'Anchor'] as const

export type ContractName = (typeof contractNames)[number]

/** Those that are deployed once for a chain; a Collection is deployed by the Atelier, whenever a creator opens one. */
export const deployedNames = ['Patron', 'Atelier', 'Market', 'Anchor'] as const satisfies readonly ContractName[]

export type DeployedName = (typeof deployedNames)[number]
