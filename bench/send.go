package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// defaultPatience is how long a node may refuse the same transaction, or not answer, before the run ends.
	defaultPatience = 10 * time.Second
	// firstPause and lastPause bound the growing pause between two attempts.
	firstPause = 10 * time.Millisecond
	lastPause  = 200 * time.Millisecond
)

// traffic is what the senders and the watcher of one run share.
type traffic struct {
	start    time.Time // time 0 of the ledger
	accepted atomic.Int64
	included atomic.Int64
	patience time.Duration

	mu       sync.Mutex
	refusals map[string]int
	ranOut   time.Duration // when the first lane had nothing left to send; never if none
}

func newTraffic() *traffic {
	return &traffic{patience: defaultPatience, refusals: map[string]int{}, ranOut: never}
}

func (t *traffic) refused(text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, known := t.refusals[text]; !known && len(t.refusals) >= 20 { // texts may hold hashes or addresses
		text = "other refusals"
	}
	t.refusals[text]++
}

func (t *traffic) laneEnded() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ranOut == never {
		t.ranOut = time.Since(t.start)
	}
}

// sender sends one lane's transactions in order over one connection.
type sender struct {
	cfg     *Config
	lane    *lane
	number  int // of the lane
	book    *ledger
	traffic *traffic
	wire    *wire
	body    []byte
	pending []int // positions in the lane, of the request under way
}

// run sends until the lane is empty or sending ends. It returns an error when the node stays unreachable or
// keeps refusing.
func (s *sender) run(sending context.Context) error {
	defer s.wire.close()
	for next := 0; next < s.lane.len(); {
		due := never
		if s.cfg.Rate > 0 {
			request := next/s.cfg.Batch*s.cfg.Connections + s.number
			due = time.Duration(float64(request) * float64(s.cfg.Batch) / float64(s.cfg.Rate) * float64(time.Second))
		}
		if !s.awaitTurn(sending, due) {
			return nil
		}
		end := min(next+s.cfg.Batch, s.lane.len())
		now := time.Since(s.traffic.start)
		s.pending = s.pending[:0]
		for i := next; i < end; i++ {
			s.pending = append(s.pending, i)
			if s.book.sent[s.lane.first+i] = now; due != never {
				s.book.sent[s.lane.first+i] = due // what waits behind a slow node counts as its delay
			}
		}
		if err := s.deliver(sending); err != nil {
			return err
		}
		next = end
	}
	s.traffic.laneEnded()
	return nil
}

// awaitTurn waits until the request is due and there is room in flight; false when sending has ended.
func (s *sender) awaitTurn(sending context.Context, due time.Duration) bool {
	if due != never && !sleep(sending, due-time.Since(s.traffic.start)) {
		return false
	}
	for s.traffic.accepted.Load()-s.traffic.included.Load()+int64(s.cfg.Batch) > int64(s.cfg.InFlight) {
		if !sleep(sending, 2*time.Millisecond) {
			return false
		}
	}
	return sending.Err() == nil
}

// deliver sends the pending transactions until all are accepted or sending ends.
func (s *sender) deliver(sending context.Context) error {
	started, pause := time.Now(), firstPause
	for attempt := 0; ; attempt++ {
		s.compose()
		before := len(s.pending)
		reply, err := s.wire.post(s.body)
		text := ""
		switch {
		case s.wire.ctx.Err() != nil:
			return s.wire.ctx.Err()
		case err != nil:
			text = err.Error()
		case clean(reply, before):
			s.pending = s.pending[:0]
		default:
			text = s.keepRefused(reply, attempt > 0)
		}
		s.traffic.accepted.Add(int64(before - len(s.pending)))
		if len(s.pending) == 0 {
			return nil
		}
		s.traffic.refused(text)
		if time.Since(started) > s.traffic.patience {
			return fmt.Errorf("the node refused a transaction for %s, last with: %s", s.traffic.patience, text)
		}
		if !sleep(sending, pause) {
			return nil
		}
		pause = min(2*pause, lastPause)
	}
}

// compose writes the JSON-RPC request for the pending transactions; the request id is the place in pending.
func (s *sender) compose() {
	s.body = s.body[:0]
	if s.cfg.Batch > 1 {
		s.body = append(s.body, '[')
	}
	for id, position := range s.pending {
		if id > 0 {
			s.body = append(s.body, ',')
		}
		s.body = append(s.body, `{"jsonrpc":"2.0","id":`...)
		s.body = strconv.AppendInt(s.body, int64(id), 10)
		s.body = append(s.body, `,"method":"eth_sendRawTransaction","params":["0x`...)
		s.body = append(s.body, s.lane.raw(position)...)
		s.body = append(s.body, `"]}`...)
	}
	if s.cfg.Batch > 1 {
		s.body = append(s.body, ']')
	}
}

// clean says that an answer holds n results and no error, without decoding it.
func clean(reply []byte, n int) bool {
	return !bytes.Contains(reply, []byte(`"error"`)) && bytes.Count(reply, []byte(`"result"`)) == n
}

// rpcReply is one JSON-RPC answer.
type rpcReply struct {
	ID     *int            `json:"id"`
	Result json.RawMessage `json:"result"`
	Error  *struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
}

// decodeReplies reads an answer that is a batch or a single object.
func decodeReplies(reply []byte) ([]rpcReply, error) {
	reply = bytes.TrimSpace(reply)
	if len(reply) > 0 && reply[0] == '[' {
		var many []rpcReply
		err := json.Unmarshal(reply, &many)
		return many, err
	}
	var one rpcReply
	err := json.Unmarshal(reply, &one)
	return []rpcReply{one}, err
}

// keepRefused leaves in pending what the node did not accept and returns the first reason.
func (s *sender) keepRefused(reply []byte, retried bool) string {
	answers, err := decodeReplies(reply)
	if err != nil {
		return fmt.Sprintf("the answer is not JSON-RPC: %.120q", reply)
	}
	accepted := make([]bool, len(s.pending))
	text := ""
	for _, a := range answers {
		ok := a.Error == nil && len(a.Result) > 0
		if a.Error != nil {
			if ok = delivered(a.Error.Message, retried); !ok && text == "" {
				text = fmt.Sprintf("%s (code %d)", a.Error.Message, a.Error.Code)
			}
		}
		if ok && a.ID != nil && *a.ID >= 0 && *a.ID < len(accepted) {
			accepted[*a.ID] = true
		}
	}
	kept := s.pending[:0]
	for id, position := range s.pending {
		if !accepted[id] {
			kept = append(kept, position)
		}
	}
	s.pending = kept
	if text == "" {
		text = "the node left requests of a batch unanswered"
	}
	return text
}

// delivered says that a refusal means the node has the transaction already: it is in the pool, or, when it
// was sent before and the answer got lost, even in a block.
func delivered(message string, retried bool) bool {
	message = strings.ToLower(message)
	for _, known := range []string{"already known", "alreadyknown", "known transaction", "already imported"} {
		if strings.Contains(message, known) {
			return true
		}
	}
	return retried && strings.Contains(message, "nonce too low")
}

// sleep waits; false when ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
