package models

import (
	"container/list"
	"sync"

	"github.com/ethereum/go-ethereum/common"
)

// Cache keeps the models used last, by hash. It changes how long a call takes,
// never what it costs or answers.
type Cache[T any] struct {
	mu      sync.Mutex
	byHash  map[common.Hash]*list.Element
	recent  *list.List // of cached[T], the last used first
	bytes   int
	maximum int
}

type cached[T any] struct {
	hash  common.Hash
	model T
	bytes int
}

// NewCache makes a cache for models that have so many bytes together; the last
// one used is kept whatever it has.
func NewCache[T any](bytes int) *Cache[T] {
	return &Cache[T]{byHash: make(map[common.Hash]*list.Element), recent: list.New(), maximum: bytes}
}

// Get gives a model.
func (c *Cache[T]) Get(hash common.Hash) (model T, found bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	element, found := c.byHash[hash]
	if !found {
		return model, false
	}
	c.recent.MoveToFront(element)
	return element.Value.(cached[T]).model, true
}

// Put keeps a model, which must not change any more.
func (c *Cache[T]) Put(hash common.Hash, model T, bytes int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, found := c.byHash[hash]; found {
		return
	}
	c.byHash[hash] = c.recent.PushFront(cached[T]{hash, model, bytes})
	c.bytes += bytes
	for c.bytes > c.maximum && c.recent.Len() > 1 {
		oldest := c.recent.Remove(c.recent.Back()).(cached[T])
		delete(c.byHash, oldest.hash)
		c.bytes -= oldest.bytes
	}
}
