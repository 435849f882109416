package faults

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cybermiles/cybermiles/test/cluster"
)

// growthBytes is how much memory a node may need beyond what it has, whatever
// it is sent. One request is at most 5 MB and many are decoded at once.
const growthBytes = 400 << 20

// TestBadInput sends a node what no honest peer or wallet sends, many times at
// once. It answers the next good request and its memory stays bounded.
func TestBadInput(t *testing.T) {
	t.Parallel()
	report := begin(t, "bad input")
	c := cluster.New(t, cluster.Options{})
	n := c.Nodes[0]
	c.Start()
	load := c.NewLoad()
	advance(t, n, load)
	before := residentBytes(t, n)
	attacks := map[string]func(*testing.T, *cluster.Node){
		"random bytes to the peers' port":       garbageToPeers,
		"a peer that connects and says nothing": silentPeers,
		"bodies over the limit":                 oversized,
		"bodies that never end":                 endless,
		"batches over the limit":                longBatches,
		"nesting a million deep":                deepJSON,
		"numbers and strings of a megabyte":     hugeValues,
		"transactions that are none":            malformedTransactions,
		"the widest log ranges":                 wideLogs,
	}
	for name, attack := range attacks {
		for range pick(1, 10) {
			var together sync.WaitGroup
			for range 8 {
				together.Go(func() { attack(t, n) })
			}
			together.Wait()
			report.rounds++
		}
		if _, err := n.TryHeight(); err != nil {
			t.Fatalf("after %s: %v\n%s", name, err, n.Tail())
		}
		if now := residentBytes(t, n); now > before+growthBytes {
			t.Fatalf("%s: memory went from %d MiB to %d MiB", name, before>>20, now>>20)
		}
	}
	advance(t, n, load)
	settle(t, c, load)
	report.factsf("%d kinds, 8 at once; memory from %d MiB to %d MiB", len(attacks), before>>20, residentBytes(t, n)>>20)
}

func garbageToPeers(t *testing.T, n *cluster.Node) {
	conn, err := net.Dial("tcp", n.P2P)
	if err != nil {
		t.Errorf("the peers' port is closed: %v", err)
		return
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	_, _ = io.CopyN(conn, rand.Reader, 8<<20) // the node closes the connection at some point
}

func silentPeers(t *testing.T, n *cluster.Node) {
	for range 20 {
		conn, err := net.Dial("tcp", n.P2P)
		if err != nil {
			t.Errorf("the peers' port is closed: %v", err)
			return
		}
		defer conn.Close()
	}
	time.Sleep(100 * time.Millisecond)
}

// refused posts a body and fails the test when it is answered by a result.
func refused(t *testing.T, n *cluster.Node, body io.Reader) {
	client := http.Client{Timeout: 20 * time.Second}
	response, err := client.Post(n.URL, "application/json", body)
	if err != nil {
		return // the connection was closed on us
	}
	defer response.Body.Close()
	answer, _ := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if response.StatusCode == http.StatusOK && !bytes.Contains(answer, []byte(`"error"`)) {
		t.Errorf("answered bad input by %.200s", answer)
	}
}

func oversized(t *testing.T, n *cluster.Node) {
	refused(t, n, strings.NewReader(call("web3_sha3", `"0x`+strings.Repeat("00", 20<<20)+`"`)))
}

func endless(t *testing.T, n *cluster.Node) {
	refused(t, n, io.LimitReader(repeated("["), 256<<20))
}

func longBatches(t *testing.T, n *cluster.Node) {
	one := call("eth_blockNumber", "")
	refused(t, n, strings.NewReader("["+strings.Repeat(one+",", 20_000)+one+"]"))
}

func deepJSON(t *testing.T, n *cluster.Node) {
	refused(t, n, strings.NewReader(call("eth_call", strings.Repeat("[", 1<<20)+strings.Repeat("]", 1<<20))))
}

func hugeValues(t *testing.T, n *cluster.Node) {
	refused(t, n, strings.NewReader(call("eth_getBlockByNumber", strings.Repeat("9", 1<<20)+",false")))
	refused(t, n, strings.NewReader(call("eth_getBalance", `"`+strings.Repeat("z", 1<<20)+`","latest"`)))
}

func malformedTransactions(t *testing.T, n *cluster.Node) {
	for _, raw := range []string{"", "c0", "02", "02c0", "f86b8085", "03f8", "7f", "b9ffff", strings.Repeat("f9ffff", 40_000), strings.Repeat("c1", 100_000)} {
		refused(t, n, strings.NewReader(call("eth_sendRawTransaction", `"0x`+raw+`"`)))
	}
}

func wideLogs(t *testing.T, n *cluster.Node) {
	refused(t, n, strings.NewReader(call("eth_getLogs", `{"fromBlock":"0x0","toBlock":"0xffffffffffffffff"}`)))
	topics := strings.Repeat(`["0x`+strings.Repeat("00", 32)+`"],`, 1_000)
	refused(t, n, strings.NewReader(call("eth_getLogs", `{"fromBlock":"0x0","topics":[`+strings.TrimSuffix(topics, ",")+`]}`)))
}

func call(method, params string) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":%q,"params":[%s]}`, method, params)
}

// repeated reads as a text again and again.
type repeated string

func (r repeated) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = r[i%len(r)]
	}
	return len(p), nil
}

// residentBytes is the memory that a node's process has.
func residentBytes(t *testing.T, n *cluster.Node) uint64 {
	t.Helper()
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", n.Pid()))
	if err != nil {
		t.Skipf("NOT TESTED: memory under bad input; it is read from /proc: %v", err)
	}
	var size, resident uint64
	_, err = fmt.Sscan(string(content), &size, &resident)
	must(t, err)
	return resident * uint64(os.Getpagesize())
}
