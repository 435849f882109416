package rete

import "hash/maphash"

// hashFactors are secret odd numbers, drawn anew in each process, so that nobody
// can write facts whose keys collide. Nothing but the places of keys in the hash
// table depends on them: no result, no order and no cost.
var hashFactors = func() (factors [maxKey + 1]uint64) {
	seed := maphash.MakeSeed()
	for i := range factors {
		factors[i] = maphash.Bytes(seed, []byte{byte(i)}) | 1
	}
	return factors
}()

// hashKey hashes an index and a key; its upper bits are the good ones (vector
// multiply-shift, Dietzfelbinger 1996).
func hashKey(index uint32, key *[maxKey]cell) uint32 {
	h := hashFactors[maxKey] * (uint64(index) + 1)
	for i, c := range key {
		h += hashFactors[i] * uint64(c)
	}
	return uint32(h >> 32)
}
