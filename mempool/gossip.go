package mempool

import (
	"time"
)

// gossip is what peers have not been told yet. A local transaction is told at
// once. A peer's transaction is told on only when it still waits after a while:
// in a well-connected network every node has it by then and nothing is sent
// twice, in a sparse one it moves on hop by hop.
type gossip struct {
	local   []*entry
	relayed []*entry // ascending by arrival
	expired time.Time
}

func (g *gossip) add(e *entry, source Source) {
	if source == Local {
		g.local = append(g.local, e)
	} else {
		g.relayed = append(g.relayed, e)
	}
}

// Reap returns encoded transactions that peers should be told now, at most
// maxBytes of them (0: no limit). Each is returned once.
func (p *Pool) Reap(maxBytes uint64) [][]byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	var (
		raws [][]byte
		size uint64
	)
	take := func(list []*entry, due func(*entry) bool) []*entry {
		for len(list) > 0 && due(list[0]) {
			e := list[0]
			if p.byHash[e.hash] == e {
				if size += uint64(len(e.raw)); maxBytes > 0 && size > maxBytes {
					return list
				}
				raws = append(raws, e.raw)
			}
			list = list[1:]
		}
		return list
	}
	now := time.Now()
	p.gossip.local = take(p.gossip.local, func(*entry) bool { return true })
	p.gossip.relayed = take(p.gossip.relayed, func(e *entry) bool { return now.Sub(e.added) >= p.config.RelayDelay })
	return raws
}
