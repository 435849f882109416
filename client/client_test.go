package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/params"
	"github.com/ethereum/go-ethereum/rpc"
)

// answers is a JSON-RPC service that gives the answers a test needs; how the
// client works with a chain that executes is tested with the command line.
type answers struct {
	gas      uint64
	gasError error
	receipts []any // one for each request, the last for all further ones
	asked    int
	sent     []hexutil.Bytes
	baseFee  *hexutil.Big
}

func (a *answers) ChainId() *hexutil.Big              { return (*hexutil.Big)(big.NewInt(18)) }
func (a *answers) MaxPriorityFeePerGas() *hexutil.Big { return (*hexutil.Big)(big.NewInt(3)) }
func (a *answers) Syncing() bool                      { return false }

func (a *answers) GetTransactionCount(common.Address, string) hexutil.Uint64 { return 7 }

func (a *answers) EstimateGas(map[string]any) (hexutil.Uint64, error) {
	return hexutil.Uint64(a.gas), a.gasError
}

func (a *answers) GetBlockByNumber(string, bool) map[string]any {
	header := &types.Header{Number: big.NewInt(5), Difficulty: new(big.Int), Time: 1_000_000}
	if a.baseFee != nil {
		header.BaseFee = a.baseFee.ToInt()
	}
	block := map[string]any{"size": "0x200", "transactions": []common.Hash{{1}}}
	encoded, _ := json.Marshal(header)
	if err := json.Unmarshal(encoded, &block); err != nil {
		panic(err)
	}
	return block
}

func (a *answers) SendRawTransaction(raw hexutil.Bytes) common.Hash {
	a.sent = append(a.sent, raw)
	return crypto.Keccak256Hash(raw)
}

func (a *answers) GetTransactionReceipt(common.Hash) (any, error) {
	answer := a.receipts[min(a.asked, len(a.receipts)-1)]
	a.asked++
	if err, isError := answer.(error); isError {
		return nil, err
	}
	return answer, nil
}

// refusal is an error as nodes answer it.
type refusal struct {
	code int
	data any
}

func (r refusal) Error() string  { return "execution reverted" }
func (r refusal) ErrorCode() int { return r.code }
func (r refusal) ErrorData() any { return r.data }

func dialAnswers(t *testing.T, a *answers) *Client {
	t.Helper()
	server := rpc.NewServer()
	if err := server.RegisterName("eth", a); err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(server)
	t.Cleanup(web.Close)
	c, err := Dial(t.Context(), web.URL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestPrepare(t *testing.T) {
	to := common.Address{1}
	fee := (*hexutil.Big)(big.NewInt(10))
	nonce := uint64(99)
	for name, c := range map[string]struct {
		node   answers
		req    Request
		gas    uint64
		nonce  uint64
		feeCap int64
		tip    int64
	}{
		"transfer":          {answers{gas: 21000, baseFee: fee}, Request{To: &to}, 21000, 7, 23, 3},
		"call":              {answers{gas: 40000, baseFee: fee}, Request{To: &to}, 50000, 7, 23, 3},
		"near the limit":    {answers{gas: params.MaxTxGas - 1, baseFee: fee}, Request{To: &to}, params.MaxTxGas, 7, 23, 3},
		"all given":         {answers{}, Request{To: &to, Gas: 5, Nonce: &nonce, FeeCapWei: big.NewInt(9), TipWei: big.NewInt(8)}, 5, 99, 9, 8},
		"cap below tip":     {answers{gas: 21000, baseFee: fee}, Request{To: &to, FeeCapWei: big.NewInt(2)}, 21000, 7, 2, 2},
		"tip given":         {answers{gas: 21000, baseFee: fee}, Request{To: &to, TipWei: big.NewInt(0)}, 21000, 7, 20, 0},
		"contract creation": {answers{gas: 100000, baseFee: fee}, Request{Data: []byte{1}}, 125000, 7, 23, 3},
	} {
		tx, err := dialAnswers(t, &c.node).Prepare(t.Context(), c.req)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if tx.Gas != c.gas || tx.Nonce != c.nonce || tx.GasFeeCap.Int64() != c.feeCap || tx.GasTipCap.Int64() != c.tip || tx.ChainID.Int64() != 18 || tx.Value == nil {
			t.Errorf("%s: gas %d, nonce %d, cap %s, tip %s, chain %s", name, tx.Gas, tx.Nonce, tx.GasFeeCap, tx.GasTipCap, tx.ChainID)
		}
	}
}

func TestPrepareRefuses(t *testing.T) {
	to := common.Address{1}
	fee := (*hexutil.Big)(big.NewInt(10))
	_, err := dialAnswers(t, &answers{gas: 1, baseFee: fee}).Prepare(t.Context(), Request{To: &to, TipWei: big.NewInt(5), FeeCapWei: big.NewInt(4)})
	if err == nil || !strings.Contains(err.Error(), "exceeds the fee cap") {
		t.Errorf("tip above cap: %v", err)
	}
	_, err = dialAnswers(t, &answers{gas: 1}).Prepare(t.Context(), Request{To: &to})
	if err == nil || !strings.Contains(err.Error(), "no base fee") {
		t.Errorf("chain without base fee: %v", err)
	}
	var reverted *RevertError
	_, err = dialAnswers(t, &answers{baseFee: fee, gasError: refusal{3, "0x12345678"}}).Prepare(t.Context(), Request{To: &to})
	if !errors.As(err, &reverted) || hexutil.Encode(reverted.Data) != "0x12345678" {
		t.Errorf("reverting call: %v", err)
	}
}

func TestSignAndSend(t *testing.T) {
	key, err := crypto.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	node := &answers{gas: 21000, baseFee: (*hexutil.Big)(big.NewInt(10))}
	c := dialAnswers(t, node)
	to := common.Address{1}
	prepared, err := c.Prepare(t.Context(), Request{From: crypto.PubkeyToAddress(key.PublicKey), To: &to, ValueWei: big.NewInt(5)})
	if err != nil {
		t.Fatal(err)
	}
	tx, err := c.SignAndSend(t.Context(), prepared, func(tx *types.Transaction, chainID *big.Int) (*types.Transaction, error) {
		return types.SignTx(tx, types.LatestSignerForChainID(chainID), key)
	})
	if err != nil {
		t.Fatal(err)
	}
	var arrived types.Transaction
	if err := arrived.UnmarshalBinary(node.sent[0]); err != nil {
		t.Fatal(err)
	}
	from, err := types.Sender(types.LatestSignerForChainID(big.NewInt(18)), &arrived)
	if err != nil || from != crypto.PubkeyToAddress(key.PublicKey) || arrived.Hash() != tx.Hash() {
		t.Errorf("arrived %s from %s, %v", arrived.Hash(), from, err)
	}
	_, err = c.SignAndSend(t.Context(), prepared, func(*types.Transaction, *big.Int) (*types.Transaction, error) { return nil, errors.New("locked") })
	if err == nil || err.Error() != "sign: locked" {
		t.Errorf("signer that fails: %v", err)
	}
}

func TestWaitReceipt(t *testing.T) {
	receipt := map[string]any{"blockNumber": "0x5", "status": "0x1", "gasUsed": "0x5208", "effectiveGasPrice": "0x2"}
	indexing := refusal{-32000, nil}
	c := dialAnswers(t, &answers{receipts: []any{nil, indexing, receipt}})
	got, err := c.WaitReceipt(t.Context(), common.Hash{1})
	if err != nil || !got.Succeeded() || got.FeeWei().Int64() != 42000 || got.BlockNumber != 5 {
		t.Errorf("%+v, %v", got, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 150*time.Millisecond)
	defer cancel()
	c = dialAnswers(t, &answers{receipts: []any{nil}})
	if _, err := c.WaitReceipt(ctx, common.Hash{1}); !errors.Is(err, ErrNotIncluded) {
		t.Errorf("never included: %v", err)
	}
	gone, err := Dial(t.Context(), "http://127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := gone.WaitReceipt(t.Context(), common.Hash{1}); !errors.As(err, new(*UnreachableError)) {
		t.Errorf("node gone: %v", err)
	}
}

func TestStatusOfBareNode(t *testing.T) {
	s, err := dialAnswers(t, &answers{}).Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if s.ChainID.Int64() != 18 || s.BlockNumber != 5 || s.PeersKnown || s.PoolKnown || s.Sync != nil || s.BaseFeeWei != nil || s.BlockTime.Unix() != 1_000_000 {
		t.Errorf("%+v", s)
	}
}

func TestDialRefuses(t *testing.T) {
	for endpoint, hint := range map[string]string{
		"":                     "neither a URL",
		"127.0.0.1:8545":       "is not a URL",
		"localhost:8545":       "has the scheme \"localhost\"",
		"http://":              "names no host",
		"ws://127.0.0.1:1":     "no node answers at ws://127.0.0.1:1",
		"ftp://127.0.0.1":      "has the scheme \"ftp\"",
		t.TempDir() + "/x.ipc": "neither a URL",
	} {
		if _, err := Dial(t.Context(), endpoint); err == nil || !strings.Contains(err.Error(), hint) {
			t.Errorf("Dial(%q): %v; want %q", endpoint, err, hint)
		}
	}
}

func TestNoNode(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"a web page": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") },
		"nothing":    http.NotFound,
	} {
		web := httptest.NewServer(handler)
		defer web.Close()
		c, err := Dial(t.Context(), web.URL)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Status(t.Context()); !errors.Is(err, ErrNoNode) || !strings.Contains(err.Error(), web.URL) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRevertReasons(t *testing.T) {
	const message = "0x08c379a00000000000000000000000000000000000000000000000000000000000000020000000000000000000000000000000000000000000000000000000000000000d76616c7565206973207a65726f00000000000000000000000000000000000000"
	const panicCode = "0x4e487b710000000000000000000000000000000000000000000000000000000000000011"
	for data, want := range map[any]string{
		message:      "the contract refused: value is zero",
		panicCode:    "the contract refused: arithmetic underflow or overflow",
		"0x12345678": "the contract refused with the custom error 0x12345678",
		"0x":         "the contract refused without giving a reason",
		"garbage":    "the contract refused without giving a reason",
		7:            "the contract refused without giving a reason",
		nil:          "the contract refused without giving a reason",
	} {
		if got := (&Client{}).Explain(refusal{3, data}); got.Error() != want {
			t.Errorf("%v: %v; want %q", data, got, want)
		}
	}
	if got := (&Client{}).Explain(refusal{-32000, nil}); got.Error() != "execution reverted" {
		t.Errorf("another code: %v", got)
	}
	if (&Client{}).Explain(nil) != nil {
		t.Error("no error was explained")
	}
}

func TestBlockRef(t *testing.T) {
	hash := "0x" + strings.Repeat("ab", 32)
	for text, want := range map[string]string{
		"latest": `"latest"`, "0": `"0x0"`, "17": `"0x11"`, "0x11": `"0x11"`, hash: `{"blockHash":"` + hash + `"}`,
	} {
		ref, err := ParseBlockRef(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if encoded, err := json.Marshal(ref); err != nil || string(encoded) != want {
			t.Errorf("%q is %s, %v; want %s", text, encoded, err, want)
		}
	}
	for _, text := range []string{"", "-1", "newest", "99999999999999999999", "0x" + strings.Repeat("zz", 32)} {
		if _, err := ParseBlockRef(text); err == nil {
			t.Errorf("%q was accepted", text)
		}
	}
}

func TestAbsent(t *testing.T) {
	c := dialAnswers(t, &answers{receipts: []any{nil}})
	if _, err := c.Receipt(t.Context(), common.Hash{}); !errors.Is(err, ethereum.NotFound) {
		t.Errorf("absent receipt: %v", err)
	}
}
