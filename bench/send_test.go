package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// scriptedNode answers eth_sendRawTransaction by a function of the transaction's text and remembers, in order,
// what it accepted.
type scriptedNode struct {
	mu       sync.Mutex
	accepted []string
	tries    map[string]int
	// refuse returns the error message for the try-th time that a transaction arrives, "" to accept it.
	refuse func(tx string, try int) string
}

func (n *scriptedNode) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n.mu.Lock()
	defer n.mu.Unlock()
	var requests []struct {
		ID     int      `json:"id"`
		Method string   `json:"method"`
		Params []string `json:"params"`
	}
	if err := json.NewDecoder(r.Body).Decode(&requests); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	answers := []map[string]any{}
	for _, q := range requests {
		if q.Method != "eth_sendRawTransaction" || len(q.Params) != 1 {
			http.Error(w, "unexpected call", http.StatusBadRequest)
			return
		}
		tx := q.Params[0]
		n.tries[tx]++
		answer := map[string]any{"jsonrpc": "2.0", "id": q.ID}
		if message := n.refuse(tx, n.tries[tx]); message != "" {
			answer["error"] = map[string]any{"code": -32000, "message": message}
		} else {
			answer["result"] = "0x00"
			n.accepted = append(n.accepted, tx)
		}
		answers = append([]map[string]any{answer}, answers...) // a node may answer in any order
	}
	json.NewEncoder(w).Encode(answers)
}

// newTestSender has a lane of six transactions, 0x00 to 0x05, sent in batches of two.
func newTestSender(t *testing.T, n *scriptedNode) *sender {
	t.Helper()
	n.tries = map[string]int{}
	server := httptest.NewServer(n)
	t.Cleanup(server.Close)
	l := &lane{}
	for i := range 6 {
		l.hex = fmt.Appendf(l.hex, "%02x", i)
		l.ends = append(l.ends, uint32(len(l.hex)))
	}
	s := &sender{
		cfg:  &Config{Batch: 2, Connections: 1, InFlight: 100},
		lane: l, book: newLedger(6), traffic: newTraffic(), wire: openWire(t, server.URL),
	}
	s.traffic.start = time.Now()
	return s
}

func TestSenderSendsAll(t *testing.T) {
	n := &scriptedNode{refuse: func(string, int) string { return "" }}
	s := newTestSender(t, n)
	if err := s.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(n.accepted); got != "[0x00 0x01 0x02 0x03 0x04 0x05]" {
		t.Errorf("sent %s", got)
	}
	if s.traffic.accepted.Load() != 6 || len(s.traffic.refusals) != 0 || s.traffic.ranOut == never {
		t.Errorf("counted %d accepted, refusals %v, ran out at %d", s.traffic.accepted.Load(), s.traffic.refusals, s.traffic.ranOut)
	}
	for i := 1; i < 6; i++ {
		if s.book.sent[i] < s.book.sent[i-1] {
			t.Errorf("transaction %d is noted as sent before the one ahead of it", i)
		}
	}
}

// TestSenderRepeatsRefused checks that only what was refused is sent again, before anything later.
func TestSenderRepeatsRefused(t *testing.T) {
	n := &scriptedNode{refuse: func(tx string, try int) string {
		if tx == "0x02" && try < 3 {
			return "txpool is full"
		}
		return ""
	}}
	s := newTestSender(t, n)
	if err := s.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(n.accepted); got != "[0x00 0x01 0x03 0x02 0x04 0x05]" {
		t.Errorf("accepted %s", got)
	}
	if n.tries["0x03"] != 1 || n.tries["0x02"] != 3 {
		t.Errorf("0x03 was sent %d times, 0x02 %d times; want 1 and 3", n.tries["0x03"], n.tries["0x02"])
	}
	if got := s.traffic.refusals["txpool is full (code -32000)"]; got != 2 || s.traffic.accepted.Load() != 6 {
		t.Errorf("refusals %v, accepted %d", s.traffic.refusals, s.traffic.accepted.Load())
	}
}

// TestSenderTakesKnownAsAccepted covers the answers to a transaction that the node has already.
func TestSenderTakesKnownAsAccepted(t *testing.T) {
	n := &scriptedNode{refuse: func(tx string, try int) string {
		switch {
		case tx == "0x00":
			return "already known"
		case tx == "0x01":
			return "ALREADY_EXISTS: Already known"
		case tx == "0x02" && try == 1:
			return "unknown trouble"
		case tx == "0x02":
			return "nonce too low: next nonce 3, tx nonce 2"
		}
		return ""
	}}
	s := newTestSender(t, n)
	if err := s.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s.traffic.accepted.Load() != 6 || s.traffic.refusals["unknown trouble (code -32000)"] != 1 || len(s.traffic.refusals) != 1 {
		t.Errorf("accepted %d, refusals %v", s.traffic.accepted.Load(), s.traffic.refusals)
	}
}

func TestSenderGivesUp(t *testing.T) {
	n := &scriptedNode{refuse: func(string, int) string { return "insufficient funds for gas * price + value" }}
	s := newTestSender(t, n)
	s.traffic.patience = 50 * time.Millisecond
	if err := s.run(t.Context()); err == nil || !strings.Contains(err.Error(), "insufficient funds") {
		t.Errorf("a node that always refuses: %v", err)
	}
}

func TestSenderReportsAnUnreachableNode(t *testing.T) {
	s := newTestSender(t, &scriptedNode{})
	s.wire = openWire(t, "http://127.0.0.1:1")
	s.traffic.patience = 50 * time.Millisecond
	if err := s.run(t.Context()); err == nil || !strings.Contains(err.Error(), "is a node listening there") {
		t.Errorf("nobody listens: %v", err)
	}
}

// TestSenderWaitsForRoom checks the bound on what is in flight.
func TestSenderWaitsForRoom(t *testing.T) {
	n := &scriptedNode{refuse: func(string, int) string { return "" }}
	s := newTestSender(t, n)
	s.cfg.InFlight = 4
	sending, stop := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer stop()
	if err := s.run(sending); err != nil {
		t.Fatal(err)
	}
	if len(n.accepted) != 4 {
		t.Errorf("%d transactions were sent with room for 4", len(n.accepted))
	}
	s.traffic.included.Add(2)
	if !s.awaitTurn(t.Context(), never) {
		t.Error("no turn although there is room again")
	}
}

// TestSenderKeepsItsRate checks the schedule: six transactions in batches of two at 20 a second take 200 ms.
func TestSenderKeepsItsRate(t *testing.T) {
	n := &scriptedNode{refuse: func(string, int) string { return "" }}
	s := newTestSender(t, n)
	s.cfg.Rate = 20
	began := time.Now()
	if err := s.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took < 200*time.Millisecond {
		t.Errorf("sent in %s, the schedule takes 200ms", took)
	}
	for i, want := range []time.Duration{0, 0, 100, 100, 200, 200} {
		if got := s.book.sent[i]; got != want*time.Millisecond {
			t.Errorf("transaction %d is noted as due at %s, want %s", i, got, want*time.Millisecond)
		}
	}
}

func TestKeepRefusedReadsSingleAnswers(t *testing.T) {
	for reply, want := range map[string]string{
		`{"jsonrpc":"2.0","error":{"code":-32600,"message":"batch too large"}}`: "batch too large",
		`<html>502</html>`: "not JSON-RPC",
		`[]`:               "unanswered",
		`[{"id":0,"result":"0x0","error":null},{"id":77,"result":"0x0"}]`: "unanswered",
	} {
		s := &sender{pending: []int{4, 5}}
		if text := s.keepRefused([]byte(reply), false); !strings.Contains(text, want) {
			t.Errorf("%s gives %q, want %q", reply, text, want)
		}
		if len(s.pending) == 0 || s.pending[len(s.pending)-1] != 5 {
			t.Errorf("%s leaves %v pending, want the unanswered 5", reply, s.pending)
		}
	}
}

// FuzzReplies checks that no answer makes the sender forget or
// invent a transaction.
func FuzzReplies(f *testing.F) {
	f.Add([]byte(`[{"jsonrpc":"2.0","id":0,"result":"0x1"},{"jsonrpc":"2.0","id":1,"error":{"code":-1,"message":"no"}}]`))
	f.Add([]byte(`{"error":{"message":"already known"},"id":1}`))
	f.Add([]byte(`[{"id":-1},{"id":null},null]`))
	f.Fuzz(func(t *testing.T, reply []byte) {
		s := &sender{pending: []int{7, 8}}
		s.keepRefused(reply, true)
		last := 0
		for _, position := range s.pending {
			if position <= last || (position != 7 && position != 8) {
				t.Fatalf("pending became %v", s.pending)
			}
			last = position
		}
	})
}
