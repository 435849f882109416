package rules

import (
	"container/list"
	"slices"
	"sync"
)

// Bounds of the networks in memory. Two epochs' networks (residency.go) fit, a
// few versions of each, and of one session the versions that a transaction can
// make: so what it goes back to after reverts is there. A version that is there
// already when a block begins is only of use to those who look back.
const (
	networkBytes = 640 << 20
	maxVersions  = maxChanges + 8
	oldVersions  = 4
)

// fingerprint says what a session consists of: a hash over the changes that led
// there. A call on another branch, an older block or after a revert has another
// one, so that it can never meet a network that is not its own.
type fingerprint = [28]byte

// networks keeps the sessions used last, each in a few versions. Versions are
// never changed: a call clones the one it begins with. That one of them is there
// changes how long a call takes, never what it costs or does.
type networks struct {
	mu     sync.Mutex
	byID   map[uint64]*list.Element
	recent *list.List // of *versions, the last used first
	bytes  int
}

// versions are the networks of one session, the last used first.
type versions struct {
	id   uint64
	list []version
	// A block is executed several times, from the same state: the version with
	// which it began stays until another block begins.
	block uint64
	first fingerprint
}

type version struct {
	is    fingerprint
	live  *live
	bytes int
}

func newNetworks() *networks {
	return &networks{byID: make(map[uint64]*list.Element), recent: list.New()}
}

// get gives the network of a session's state, nil when it is not there.
func (n *networks) get(id uint64, is fingerprint, block uint64) *live {
	n.mu.Lock()
	defer n.mu.Unlock()
	element, found := n.byID[id]
	if !found {
		return nil
	}
	n.recent.MoveToFront(element)
	v := element.Value.(*versions)
	i := slices.IndexFunc(v.list, func(v version) bool { return v.is == is })
	if i < 0 {
		return nil
	}
	hit := v.list[i]
	v.list = slices.Insert(slices.Delete(v.list, i, i+1), 0, hit)
	if block > v.block {
		v.block, v.first = block, is
		n.trim(v, oldVersions)
	}
	return hit.live
}

// put keeps a network, which must not change any more.
func (n *networks) put(id uint64, is fingerprint, l *live) {
	n.mu.Lock()
	defer n.mu.Unlock()
	element, found := n.byID[id]
	if !found {
		element = n.recent.PushFront(&versions{id: id})
		n.byID[id] = element
	}
	n.recent.MoveToFront(element)
	v := element.Value.(*versions)
	if slices.ContainsFunc(v.list, func(v version) bool { return v.is == is }) {
		return
	}
	v.list = slices.Insert(v.list, 0, version{is, l, l.bytes()})
	n.bytes += v.list[0].bytes
	n.trim(v, maxVersions)
	for e := n.recent.Back(); e != nil && n.bytes > networkBytes; e = e.Prev() {
		n.trim(e.Value.(*versions), 1)
	}
	for n.bytes > networkBytes && n.recent.Len() > 1 {
		n.drop(n.recent.Back().Value.(*versions).id)
	}
}

// trim forgets all but so many versions of a session, the last used ones and the
// one with which the block began.
func (n *networks) trim(v *versions, most int) {
	for i := len(v.list) - 1; len(v.list) > most && i > 0; i-- {
		if v.list[i].is != v.first {
			n.bytes -= v.list[i].bytes
			v.list = slices.Delete(v.list, i, i+1)
		}
	}
}

// drop forgets a session.
func (n *networks) drop(id uint64) {
	element, found := n.byID[id]
	if !found {
		return
	}
	for _, v := range n.recent.Remove(element).(*versions).list {
		n.bytes -= v.bytes
	}
	delete(n.byID, id)
}
