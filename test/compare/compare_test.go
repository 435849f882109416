package compare

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/stretchr/testify/require"
)

// leastQuestions guards the comparison itself: a list that shrinks unnoticed compares nothing.
const leastQuestions = 2500

// TestAnswers asks both nodes everything. It fails for a difference without a reason in the table, and for a reason
// whose difference no longer occurs.
func TestAnswers(t *testing.T) {
	s := play(startPair(t))
	asked := questions(s)
	if len(asked) < leastQuestions {
		t.Errorf("%d questions, expected at least %d", len(asked), leastQuestions)
	}
	ours, theirs := blockNames(t, s.ours), blockNames(t, s.geth)
	ours[side] = sideOurs
	asked = append(asked, filterQuestions(s)...)
	used := make(map[*difference]bool)
	seen, methods, unexplained := make(map[string]int), make(map[string]bool), make(map[string]int)
	for _, q := range asked {
		methods[q.method] = true
		mine, other := answer(t, s.ours, ours, q), answer(t, s.geth, theirs, q)
		if mine == other {
			continue
		}
		params, err := json.Marshal(q.params)
		require.NoError(t, err)
		if d := explain(q.method, string(params), mine, other); d != nil {
			seen[d.reason]++
			used[d] = true
			continue
		}
		if unexplained[q.method]++; unexplained[q.method] <= shown {
			t.Errorf("%s %s\n%s", q.method, params, apart(mine, other))
		}
	}
	for i := range differences {
		if d := &differences[i]; !used[d] {
			t.Errorf("a listed difference no longer occurs, take it out of the table: %s %s", d.method, d.reason)
		}
	}
	fmt.Printf("compare: %d questions of %d methods; differences by reason:\n", len(asked), len(methods))
	for _, reason := range slices.Sorted(maps.Keys(seen)) {
		fmt.Printf("compare: %5d  %s\n", seen[reason], reason)
	}
	for _, method := range slices.Sorted(maps.Keys(unexplained)) {
		fmt.Printf("compare: %5d  %s: NOT EXPLAINED\n", unexplained[method], method)
	}
}

// shown bounds how many unexplained differences of one method are printed.
const shown = 6

// apart shows the first lines in which two answers differ.
func apart(mine, other string) string {
	a, b := strings.Split(mine, "\n"), strings.Split(other, "\n")
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	const most = 6
	return fmt.Sprintf("cybermiles %s\ngeth       %s", strings.Join(a[:min(most, len(a))], "\n"), strings.Join(b[:min(most, len(b))], "\n"))
}

// filterQuestions installs the same filters on both and asks for what they hold; each side has its own ids.
func filterQuestions(s *scenario) (out []question) {
	for _, filter := range []object{{"fromBlock": "0x0"}, {"fromBlock": "0x0", "address": s.token, "topics": list{transferTopic}}, {}} {
		ids := installed{"", ""}
		require.NoError(s.t, s.ours.Call(&ids.ours, "eth_newFilter", filter))
		require.NoError(s.t, s.geth.Call(&ids.geth, "eth_newFilter", filter))
		for _, method := range []string{"eth_getFilterLogs", "eth_getFilterChanges", "eth_uninstallFilter", "eth_uninstallFilter", "eth_getFilterLogs"} {
			out = append(out, question{method, list{ids}})
		}
	}
	for _, kind := range []string{"eth_newBlockFilter", "eth_newPendingTransactionFilter"} {
		ids := installed{"", ""}
		require.NoError(s.t, s.ours.Call(&ids.ours, kind))
		require.NoError(s.t, s.geth.Call(&ids.geth, kind))
		for _, method := range []string{"eth_getFilterLogs", "eth_getFilterChanges", "eth_uninstallFilter"} {
			out = append(out, question{method, list{ids}})
		}
	}
	return out
}

// installed is a filter by the id that each side gave it.
type installed struct{ ours, geth string }

// answer is a result or an error in a comparable form.
func answer(t *testing.T, c *rpc.Client, names map[string]string, q question) string {
	t.Helper()
	params := slices.Clone(q.params)
	for i := range params {
		if ids, ok := params[i].(installed); ok {
			params[i] = ids.geth
			if names[side] == sideOurs {
				params[i] = ids.ours
			}
		}
	}
	var result any
	if err := c.CallContext(t.Context(), &result, q.method, params...); err != nil {
		var coded rpc.Error
		if !errors.As(err, &coded) {
			t.Fatalf("%s: %v", q.method, err)
		}
		var data any
		if with, ok := err.(rpc.DataError); ok {
			data = with.ErrorData()
		}
		return timeless(q, fmt.Sprintf("error %d %q %v", coded.ErrorCode(), named(err.Error(), names), data))
	}
	text, err := json.MarshalIndent(normal(result, names), "", " ")
	require.NoError(t, err)
	return timeless(q, string(text))
}

var clockPattern = regexp.MustCompile(`"timestamp": "0x[0-9a-f]+"|<= \d+"`)

// timeless takes out the time of a pending block, which follows the machine's clock.
func timeless(q question, text string) string {
	if slices.ContainsFunc(q.params, func(p any) bool { return p == "pending" }) {
		return clockPattern.ReplaceAllString(text, "")
	}
	return text
}

// masked are the fields that two chains cannot share: geth's development block production draws random values and
// writes its version, and roots and hashes follow. The last two are fields that geth has only in later releases.
var masked = map[string]bool{"stateRoot": true, "mixHash": true, "extraData": true, "parentBeaconBlockRoot": true, "size": true, "accountProof": true,
	"blockTimestamp": true, "maxUsedGas": true}

// normal takes out what differs by nature and puts names in the place of block hashes.
func normal(v any, names map[string]string) any {
	switch v := v.(type) {
	case map[string]any:
		if calls, ok := v["calls"].([]any); ok && v["gasLimit"] != nil {
			maskSimulated(v, calls)
		}
		if v["gasUsed"] != nil {
			sortAccessList(v)
		}
		for key, value := range v {
			if masked[key] {
				delete(v, key)
			} else {
				v[key] = normal(value, names)
			}
		}
	case []any:
		for i := range v {
			v[i] = normal(v[i], names)
		}
	case string:
		return named(v, names)
	}
	return v
}

var hashPattern = regexp.MustCompile(`0x[0-9a-f]{64}`)

// named puts the names of blocks in the place of their hashes.
func named(text string, names map[string]string) string {
	return hashPattern.ReplaceAllStringFunc(text, func(hash string) string {
		if name, ok := names[hash]; ok {
			return name
		}
		return hash
	})
}

// sortAccessList orders the list that eth_createAccessList returns: it comes out of a map on both sides.
func sortAccessList(answer map[string]any) {
	entries, _ := answer["accessList"].([]any)
	slices.SortFunc(entries, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
}

// maskSimulated takes out the hashes of a simulated block, which follow from the parent's.
func maskSimulated(block map[string]any, calls []any) {
	delete(block, "hash")
	delete(block, "parentHash")
	parts, _ := block["transactions"].([]any)
	for _, c := range calls {
		logs, _ := c.(map[string]any)["logs"].([]any)
		parts = append(parts, logs...)
	}
	for _, part := range parts {
		if part, ok := part.(map[string]any); ok {
			delete(part, "blockHash")
		}
	}
}

// blockNames gives the blocks of a chain a name by their hash.
func blockNames(t *testing.T, c *rpc.Client) map[string]string {
	t.Helper()
	end, err := hexutil.DecodeUint64(head(t, c))
	require.NoError(t, err)
	names := make(map[string]string)
	for n := range end + 1 {
		var b block
		require.NoError(t, c.Call(&b, "eth_getBlockByNumber", hexutil.EncodeUint64(n), false))
		names[b.Hash.Hex()] = fmt.Sprintf("block %d", n)
	}
	return names
}

// The names of our side carry a mark, since filters have other ids there.
const (
	side     = "side"
	sideOurs = "cybermiles"
)
