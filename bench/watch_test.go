package bench

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
)

var (
	hashA = common.HexToHash("0xaa00000000000000000000000000000000000000000000000000000000000001")
	hashB = common.HexToHash("0xbb00000000000000000000000000000000000000000000000000000000000002")
)

func TestParseBlock(t *testing.T) {
	head := `{"jsonrpc":"2.0","id":1,"result":{"number":"0x10","hash":"` + hashA.Hex() + `","parentHash":"` + hashB.Hex() +
		`","timestamp":"0x65","gasUsed":"0x5208","transactionsRoot":"` + hashB.Hex() + `",`
	for name, list := range map[string]string{
		"compact": `"transactions":["` + hashA.Hex() + `","` + hashB.Hex() + `"],"withdrawals":["x"]}}`,
		"spaced":  "\"transactions\" : [\n  \"" + hashA.Hex() + "\",\n  \"" + hashB.Hex() + "\"\n ] , \"uncles\": [] } }",
	} {
		b, err := parseBlock([]byte(head + list))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if b.Number != 16 || b.Timestamp != 0x65 || b.GasUsed != 21000 || b.Hash != hashA || b.ParentHash != hashB {
			t.Errorf("%s: header %+v", name, b)
		}
		if len(b.hashes) != 2 || b.hashes[0] != hashA || b.hashes[1] != hashB {
			t.Errorf("%s: transactions %v", name, b.hashes)
		}
	}
	empty, err := parseBlock([]byte(head + `"transactions":[]}}`))
	if err != nil || len(empty.hashes) != 0 {
		t.Errorf("an empty block: %v, %v", empty, err)
	}
}

func TestParseBlockErrors(t *testing.T) {
	for reply, want := range map[string]string{
		`{"result":null}`: errNoBlock.Error(),
		`{"error":{"code":-32000,"message":"pruned"}}`: "pruned",
		`not JSON`:                                                         "decode block",
		`{"result":{"transactions":null}}`:                                 "not a list",
		`{"result":{"transactions":["0x1"`:                                 "does not end",
		`{"result":{"transactions":["0x1"]}}`:                              "does not hold hashes",
		`{"result":{"transactions":[{"hash":"0x1"}]}}`:                     "does not hold hashes",
		`{"result":{"transactions":["0x` + "zz" + hashA.Hex()[4:] + `"]}}`: "does not hold hashes",
		`{"result":{"transactions":[null]}}`:                               "does not hold hashes",
		`{"result":{"transactions":["` + hashA.Hex()[2:] + `00"]}}`:        "does not hold hashes",
	} {
		if _, err := parseBlock([]byte(reply)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want an error about %q", reply, err, want)
		}
	}
}

// FuzzParseBlock compares the scanner with a plain decoder on whatever both accept.
func FuzzParseBlock(f *testing.F) {
	f.Add([]byte(`{"result":{"number":"0x1","transactions":["` + hashA.Hex() + `"]}}`))
	f.Add([]byte(`{"result":{"transactions":[]},"error":null}`))
	f.Fuzz(func(t *testing.T, reply []byte) {
		b, err := parseBlock(reply)
		var plain struct {
			Result *struct {
				Transactions []common.Hash `json:"transactions"`
			} `json:"result"`
		}
		// Keys that occur twice, in other case, or with escapes, are no node's answer and may be read differently.
		if err != nil || strings.Count(string(reply), "transactions") != 1 || strings.Count(strings.ToLower(string(reply)), "transactions") != 1 || strings.Contains(string(reply), `\`) ||
			json.Unmarshal(reply, &plain) != nil || plain.Result == nil || plain.Result.Transactions == nil {
			return
		}
		if fmt.Sprint(plain.Result.Transactions) != fmt.Sprint(b.hashes) {
			t.Fatalf("scanned %v, decoded %v", b.hashes, plain.Result.Transactions)
		}
	})
}

// serveChain answers the watcher's questions from a list of blocks; the head is the last one that number allows.
func serveChain(t *testing.T, head *uint64, blocks map[uint64]string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var q struct {
			Method string `json:"method"`
			Params []any  `json:"params"`
		}
		if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if q.Method == "eth_blockNumber" {
			fmt.Fprintf(w, `{"result":"0x%x"}`, *head)
			return
		}
		var number uint64
		fmt.Sscanf(fmt.Sprint(q.Params[0]), "0x%x", &number)
		if block, ok := blocks[number]; ok {
			fmt.Fprintf(w, `{"result":%s}`, block)
			return
		}
		fmt.Fprint(w, `{"result":null}`)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func blockJSON(number uint64, hash, parent string, transactions ...common.Hash) string {
	list, _ := json.Marshal(append([]common.Hash{}, transactions...))
	return fmt.Sprintf(`{"number":"0x%x","hash":"%s","parentHash":"%s","timestamp":"0x1","gasUsed":"0x0","transactions":%s}`,
		number, common.HexToHash(hash), common.HexToHash(parent), list)
}

func TestWatcherFollowsTheChain(t *testing.T) {
	head := uint64(7)
	blocks := map[uint64]string{
		7: blockJSON(7, "0x07", "0x06"),
		8: blockJSON(8, "0x08", "0x07", hashA, common.HexToHash("0x99")),
	}
	url := serveChain(t, &head, blocks)
	book := newLedger(2)
	book.hashes[0], book.hashes[1] = hashA, hashB
	book.index()
	shared := newTraffic()
	shared.start = time.Now()
	w, err := newWatcher(t.Context(), &Config{}, url, book, shared)
	if err != nil {
		t.Fatal(err)
	}
	step := func() {
		t.Helper()
		if err := w.catchUp(); err != nil {
			t.Fatal(err)
		}
	}
	step()
	if len(w.blocks) != 0 {
		t.Errorf("block 7 was there before the run and is counted: %+v", w.blocks)
	}
	head = 9 // block 9 is announced and cannot be read yet
	step()
	if len(w.blocks) != 1 || w.blocks[0].Ours != 1 || w.blocks[0].Transactions != 2 || shared.included.Load() != 1 {
		t.Errorf("after block 8: %+v, %d included", w.blocks, shared.included.Load())
	}
	if book.seen[0] == never || book.seen[1] != never {
		t.Errorf("seen %v, want the first only", book.seen)
	}
	blocks[9] = blockJSON(9, "0x09", "0x08", hashB, hashA) // the second time A is not counted again
	step()
	if shared.included.Load() != 2 || w.blocks[1].Ours != 1 || w.reorgs != 0 {
		t.Errorf("after block 9: %d included, %+v, %d reorganisations", shared.included.Load(), w.blocks, w.reorgs)
	}
	head, blocks[10] = 10, blockJSON(10, "0x10", "0x77")
	step()
	if w.reorgs != 1 {
		t.Errorf("a block with another parent counts as %d reorganisations", w.reorgs)
	}
}

// TestWatcherEnds covers the two ways in which it ends by itself: all included, and no progress.
func TestWatcherEnds(t *testing.T) {
	head := uint64(1)
	url := serveChain(t, &head, map[uint64]string{})
	for name, accepted := range map[string]int64{"all included": 0, "no progress": 5} {
		shared := newTraffic()
		shared.start = time.Now()
		shared.accepted.Store(accepted)
		w, err := newWatcher(t.Context(), &Config{Poll: time.Millisecond, Drain: 20 * time.Millisecond}, url, newLedger(0), shared)
		if err != nil {
			t.Fatal(err)
		}
		sent := make(chan struct{})
		close(sent)
		if err := w.run(t.Context(), sent); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWatcherReportsALostNode(t *testing.T) {
	head := uint64(1)
	shared := newTraffic()
	shared.start, shared.patience = time.Now(), 30*time.Millisecond
	w, err := newWatcher(t.Context(), &Config{Poll: time.Millisecond}, serveChain(t, &head, nil), newLedger(0), shared)
	if err != nil {
		t.Fatal(err)
	}
	w.wire = openWire(t, "http://127.0.0.1:1")
	if err := w.run(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "follow the chain") {
		t.Errorf("a node that went away: %v", err)
	}
	if _, err := newWatcher(t.Context(), &Config{}, "http://127.0.0.1:1", newLedger(0), shared); err == nil || errors.Is(err, errNoBlock) {
		t.Errorf("a node that never was there: %v", err)
	}
}
