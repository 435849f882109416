// Makes openzeppelin.json, the vectors of TestOpenZeppelin, with the npm package @openzeppelin/merkle-tree:
//
//   npm install --no-save @openzeppelin/merkle-tree@1.0.8 && node openzeppelin.mjs >openzeppelin.json
import { StandardMerkleTree } from '@openzeppelin/merkle-tree'

const address = (i) => '0x' + (BigInt(i) * 0x9e3779b97f4a7c15f39cc0605cedc835n % 2n ** 160n).toString(16).padStart(40, '0')
const trees = [1, 2, 3, 4, 5, 8, 21].map((size) => {
  const values = Array.from({ length: size }, (_, i) => [address(i + 1), ((BigInt(i) + 1n) * 10n ** 18n + BigInt(i)).toString()])
  const tree = StandardMerkleTree.of(values, ['address', 'uint256'])
  return { dump: tree.dump(), proofs: values.map((_, i) => tree.getProof(i)) }
})
console.log(`[\n${trees.map((tree) => JSON.stringify(tree)).join(',\n')}\n]`)
