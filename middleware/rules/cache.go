package rules

import (
	"container/list"
	"sync"

	"github.com/ethereum/go-ethereum/common"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/dmn"
)

// cacheBytes is how many bytes of compiled models are kept ready to run. Ready,
// a model takes some forty times its compiled size.
const cacheBytes = 4 << 20

// cache keeps the models used last, by hash. It changes how long a call takes,
// never what it costs or answers.
type cache struct {
	mu     sync.Mutex
	byHash map[common.Hash]*list.Element
	recent *list.List // of cached, the last used first
	bytes  int
}

type cached struct {
	hash  common.Hash
	model *dmn.Model
	bytes int
}

func newCache() *cache {
	return &cache{byHash: make(map[common.Hash]*list.Element), recent: list.New()}
}

func (c *cache) get(hash common.Hash) *dmn.Model {
	c.mu.Lock()
	defer c.mu.Unlock()
	element, found := c.byHash[hash]
	if !found {
		return nil
	}
	c.recent.MoveToFront(element)
	return element.Value.(cached).model
}

func (c *cache) put(hash common.Hash, model *dmn.Model, bytes int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, found := c.byHash[hash]; found {
		return
	}
	c.byHash[hash] = c.recent.PushFront(cached{hash, model, bytes})
	c.bytes += bytes
	for c.bytes > cacheBytes && c.recent.Len() > 1 {
		oldest := c.recent.Remove(c.recent.Back()).(cached)
		delete(c.byHash, oldest.hash)
		c.bytes -= oldest.bytes
	}
}
