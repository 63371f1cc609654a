/** @see graphprotocol/graph-node graph/src/data/subgraph/mod.rs `SubgraphName::new` */
export function isSubgraphName(text: string): boolean {
  return /^[A-Za-z0-9/_-]{1,255}$/.test(text) && text.split('/').every(isPart)
}

function isPart(part: string): boolean {
  return /^[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?$/.test(part) && /[A-Za-z]/.test(part) && part !== 'graphql'
}
