package rpc

import (
	"context"
	"errors"
	"time"

	"github.com/ethereum/go-ethereum/core/filtermaps"
	"github.com/ethereum/go-ethereum/core/history"
	"github.com/ethereum/go-ethereum/core/types"
	gethrpc "github.com/ethereum/go-ethereum/rpc"
)

const (
	// scanBlocks is a range so short that bloom filters beat the log index.
	scanBlocks = 32
	// indexStep is the first stretch searched in the log index; stretches
	// double while matches are rare.
	indexStep, maxIndexStep = 64, 4096
	// indexPatience is how long a search waits for an index that is busy with
	// new blocks before it does without.
	indexPatience = time.Second
)

var (
	errInvalidRange = invalidParams("invalid block range params")
	errBeyondRange  = invalidParams("block range extends beyond current head block")
	errPendingLogs  = invalidParams("pending logs are not supported")
	errUnknownBlock = errors.New("unknown block")
)

// logs answers a query about the past.
func (v *view) logs(ctx context.Context, q *LogQuery) ([]*types.Log, error) {
	if q.BlockHash != nil {
		h := v.b.HeaderByHash(*q.BlockHash)
		if h == nil {
			return nil, errUnknownBlock
		}
		search := &logSearch{v: v, q: q, found: []*types.Log{}}
		err := search.scan(ctx, h.Number.Uint64(), h.Number.Uint64())
		return search.found, err
	}
	from, to, err := v.logRange(q)
	if err != nil {
		return nil, err
	}
	if to-from >= v.cfg.LogRange {
		return nil, coded(-32000, "exceed maximum block range: %d (asked for %d blocks; split the query)", v.cfg.LogRange, to-from+1)
	}
	return v.logsBetween(ctx, q, from, to)
}

// logsBetween searches the blocks from..to, both included.
func (v *view) logsBetween(ctx context.Context, q *LogQuery, from, to uint64) ([]*types.Log, error) {
	ctx, done, err := v.execute(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	search := &logSearch{v: v, q: q, found: []*types.Log{}}
	err = search.run(ctx, from, to)
	if errors.Is(err, context.DeadlineExceeded) {
		err = coded(codeLimitExceeded, "search aborted (timeout = %v); ask for fewer blocks", v.cfg.CallTimeout)
	}
	return search.found, err
}

// logRange resolves the tags of a query.
func (v *view) logRange(q *LogQuery) (from, to uint64, err error) {
	fromTag, toTag := gethrpc.LatestBlockNumber, gethrpc.LatestBlockNumber
	setValue(&fromTag, q.FromBlock)
	setValue(&toTag, q.ToBlock)
	if fromTag == gethrpc.PendingBlockNumber || toTag == gethrpc.PendingBlockNumber {
		return 0, 0, errPendingLogs
	}
	from, to = v.number(fromTag), v.number(toTag)
	switch {
	case from > to:
		return 0, 0, errInvalidRange
	case to > v.b.Head().Number.Uint64():
		return 0, 0, errBeyondRange
	case from < v.b.Earliest():
		return 0, 0, &history.PrunedHistoryError{}
	}
	return from, to, nil
}

// logSearch collects the matches of one query, in order, up to the limit.
type logSearch struct {
	v       *view
	q       *LogQuery
	found   []*types.Log
	bytes   int // of the data of the matches counted
	counted int // matches whose data is in bytes
}

// run searches from..to: by the log index where it reaches, by the blocks'
// bloom filters elsewhere.
func (s *logSearch) run(ctx context.Context, from, to uint64) error {
	index := s.v.b.LogIndex()
	if index == nil || to-from < scanBlocks || s.matchesAll() {
		return s.scan(ctx, from, to)
	}
	matcher := index.NewMatcherBackend()
	defer matcher.Close()
	for step := uint64(indexStep); from <= to; {
		reach, err := syncIndex(ctx, matcher)
		if err != nil {
			return err
		}
		indexed := reach.IndexedBlocks
		if indexed.IsEmpty() || indexed.Last() < from || indexed.First() > to {
			return s.scan(ctx, from, to)
		}
		if first := indexed.First(); from < first {
			if err := s.scan(ctx, from, first-1); err != nil {
				return err
			}
			from = first
		}
		end := min(to, indexed.Last(), from+step-1)
		before := len(s.found)
		if err := s.indexed(ctx, matcher, from, end); err != nil {
			return err
		}
		if len(s.found)-before < s.v.cfg.LogResults/16 {
			step = min(step*2, maxIndexStep)
		}
		from = end + 1
	}
	return nil
}

// syncIndex asks how far the index reaches: nowhere if it does not answer soon.
func syncIndex(ctx context.Context, m filtermaps.MatcherBackend) (filtermaps.SyncRange, error) {
	soon, cancel := context.WithTimeout(ctx, indexPatience)
	defer cancel()
	reach, err := m.SyncLogIndex(soon)
	if err != nil && ctx.Err() == nil && soon.Err() != nil {
		return filtermaps.SyncRange{}, nil
	}
	return reach, err
}

// matchesAll tells a query that the index cannot answer: it selects every log.
func (s *logSearch) matchesAll() bool {
	for _, t := range s.q.Topics {
		if len(t) > 0 {
			return false
		}
	}
	return len(s.q.Addresses) == 0
}

// indexed searches from..to in the log index. If the index changed meanwhile
// below these blocks (it drops its oldest part), their bloom filters decide.
func (s *logSearch) indexed(ctx context.Context, m filtermaps.MatcherBackend, from, to uint64) error {
	candidates, err := filtermaps.GetPotentialMatches(ctx, m, from, to, s.q.Addresses, s.q.Topics)
	if err != nil {
		if errors.Is(err, filtermaps.ErrMatchAll) {
			return s.scan(ctx, from, to)
		}
		return err
	}
	after, err := syncIndex(ctx, m)
	if err != nil {
		return err
	}
	if valid := after.ValidBlocks; valid.IsEmpty() || valid.First() > from || valid.Last() < to {
		return s.scan(ctx, from, to)
	}
	for _, l := range candidates {
		if s.q.matches(l) {
			s.found = append(s.found, l)
		}
	}
	return s.checkLimit()
}

// scan searches from..to by bloom filters.
func (s *logSearch) scan(ctx context.Context, from, to uint64) error {
	for n := from; n <= to; n++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		h := s.v.b.Header(n)
		if h == nil {
			return errHeaderNotFound
		}
		if h.Bloom == (types.Bloom{}) || !s.q.mayMatch(h.Bloom) {
			continue
		}
		receipts := s.v.b.Receipts(h.Hash())
		if receipts == nil {
			return errReceiptsMissing
		}
		s.found = s.q.selectLogs(s.found, receipts)
		if err := s.checkLimit(); err != nil {
			return err
		}
	}
	return nil
}

func (s *logSearch) checkLimit() error {
	for ; s.counted < len(s.found); s.counted++ {
		s.bytes += len(s.found[s.counted].Data)
	}
	if s.bytes > s.v.cfg.ResultBytes {
		s.found = nil
		return coded(codeLimitExceeded, "query returned logs of more than %d bytes; ask for fewer blocks or narrower topics", s.v.cfg.ResultBytes)
	}
	if limit := s.v.cfg.LogResults; len(s.found) > limit {
		s.found = nil
		return coded(codeLimitExceeded, "query returned more than %d results; ask for fewer blocks or narrower topics", limit)
	}
	return nil
}
