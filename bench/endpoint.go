package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/params"
	"github.com/ethereum/go-ethereum/rpc"
)

// questionsPerRequest is the size of the batches outside the measured window; nodes commonly allow 1,000.
const questionsPerRequest = 200

// endpoint is what a run needs of a node before and after the measured window.
type endpoint struct {
	cfg     *Config
	rpc     *rpc.Client
	eth     *ethclient.Client
	version string
	terms   terms
}

func dial(ctx context.Context, cfg *Config, url string) (*endpoint, error) {
	client, err := rpc.DialContext(ctx, url)
	if err != nil {
		return nil, err
	}
	e := &endpoint{cfg: cfg, rpc: client, eth: ethclient.NewClient(client)}
	if e.terms.chainID, err = e.eth.ChainID(ctx); err != nil {
		client.Close()
		return nil, fmt.Errorf("ask for the chain id (is a node running there?): %w", err)
	}
	if err := client.CallContext(ctx, &e.version, "web3_clientVersion"); err != nil {
		e.version = "unknown" // not an eth_ method: a node may refuse it
	}
	if err := e.setFees(ctx); err != nil {
		client.Close()
		return nil, err
	}
	return e, nil
}

// setFees chooses fees that stay sufficient while full blocks raise the base fee.
func (e *endpoint) setFees(ctx context.Context) error {
	header, err := e.eth.HeaderByNumber(ctx, nil)
	if err != nil {
		return fmt.Errorf("read the newest block: %w", err)
	}
	price, err := e.eth.SuggestGasPrice(ctx)
	if err != nil {
		return fmt.Errorf("ask for the gas price: %w", err)
	}
	t := &e.terms
	t.dynamic = header.BaseFee != nil
	feeCap := price
	t.tip = big.NewInt(params.GWei)
	if t.dynamic {
		feeCap = new(big.Int).Mul(header.BaseFee, big.NewInt(50))
		if suggested, err := e.eth.SuggestGasTipCap(ctx); err == nil && suggested.Cmp(t.tip) > 0 {
			t.tip = suggested
		}
		feeCap.Add(feeCap, t.tip)
	}
	if least := big.NewInt(2 * params.GWei); feeCap.Cmp(least) < 0 {
		feeCap = least
	}
	if e.cfg.MaxFeeGwei > 0 {
		feeCap = new(big.Int).Mul(big.NewInt(int64(e.cfg.MaxFeeGwei)), big.NewInt(params.GWei))
	}
	t.feeCap = feeCap
	if t.tip.Cmp(feeCap) > 0 {
		t.tip = feeCap
	}
	return nil
}

// setGas asks the node what the workload's transactions cost.
func (e *endpoint) setGas(ctx context.Context, accounts *Accounts) error {
	from, to := accounts.Address(0), accounts.Address(1)
	if e.cfg.Workload == Transfer || e.cfg.Workload == Mixed {
		gas, err := e.eth.EstimateGas(ctx, ethereum.CallMsg{From: from, To: &to, Value: oneWei})
		if err != nil {
			return fmt.Errorf("estimate the gas of a transfer: %w", err)
		}
		e.terms.transferGas = gas
	}
	if e.cfg.Workload != Transfer {
		gas, err := e.eth.EstimateGas(ctx, ethereum.CallMsg{From: from, To: &e.terms.contract, Data: e.cfg.Workload.dearest(to)})
		if err != nil {
			return fmt.Errorf("estimate the gas of a call of the workload's contract: %w", err)
		}
		e.terms.contractGas = gas + gas/4
		if e.cfg.Workload == Process { // the first of many: their index grows with them
			e.terms.contractGas = 2 * gas
		}
	}
	return nil
}

// askAll asks the same question of each account and decodes the answers into a slice.
func askAll[T any](ctx context.Context, client *rpc.Client, method string, n int, params func(i int) []any) ([]T, error) {
	answers := make([]T, n)
	err := inParallel(n, questionsPerRequest, func(start, end int) error {
		batch := make([]rpc.BatchElem, 0, end-start)
		for i := start; i < end; i++ {
			batch = append(batch, rpc.BatchElem{Method: method, Args: params(i), Result: &answers[i]})
		}
		if err := client.BatchCallContext(ctx, batch); err != nil {
			return fmt.Errorf("%s: %w", method, err)
		}
		for _, element := range batch {
			if element.Error != nil {
				return fmt.Errorf("%s: %w", method, element.Error)
			}
		}
		return nil
	})
	return answers, err
}

// nonces returns each account's next nonce, what waits in the pool included. Prefunded accounts are assumed
// never to have sent; a sample is checked, and only when it shows otherwise are all asked.
func (e *endpoint) nonces(ctx context.Context, accounts *Accounts) ([]uint64, error) {
	ask := func(n int, pick func(i int) int) ([]hexutil.Uint64, error) {
		return askAll[hexutil.Uint64](ctx, e.rpc, "eth_getTransactionCount", n, func(i int) []any {
			return []any{accounts.Address(pick(i)), "pending"}
		})
	}
	nonces := make([]uint64, accounts.Len())
	if e.cfg.Prefunded {
		fresh := true
		sampled, err := ask(sampleSize(accounts.Len()), sampler(accounts.Len()))
		if err != nil {
			return nil, err
		}
		for _, nonce := range sampled {
			fresh = fresh && nonce == 0
		}
		if fresh {
			return nonces, nil
		}
	}
	answers, err := ask(accounts.Len(), func(i int) int { return i })
	for i, nonce := range answers {
		nonces[i] = uint64(nonce)
	}
	return nonces, err
}

// sampleSize and sampler choose up to 1,000 of n things, evenly spread, the first ones among them.
func sampleSize(n int) int { return min(n, 1000) }

func sampler(n int) func(i int) int {
	size := sampleSize(n)
	return func(i int) int { return int(int64(i) * int64(n) / int64(size)) }
}

// send signs and sends one transaction of the funder and returns its hash.
func (e *endpoint) send(ctx context.Context, f *funder, gas uint64, to *common.Address, value *big.Int, data []byte) (common.Hash, error) {
	tx, err := types.SignTx(e.terms.transaction(f.nonce, gas, to, value, data), types.LatestSignerForChainID(e.terms.chainID), f.key)
	if err != nil {
		return common.Hash{}, fmt.Errorf("sign a funding transaction: %w", err)
	}
	if err := e.eth.SendTransaction(ctx, tx); err != nil {
		return common.Hash{}, fmt.Errorf("send a funding transaction from %s: %w", f.address, err)
	}
	f.nonce++
	return tx.Hash(), nil
}

// receiptTimeout is how long a funding transaction may take.
const receiptTimeout = 2 * time.Minute

// await waits until a transaction is included and reports one that failed.
func (e *endpoint) await(ctx context.Context, hash common.Hash) (*types.Receipt, error) {
	ctx, cancel := context.WithTimeout(ctx, receiptTimeout)
	defer cancel()
	for {
		receipt, err := e.eth.TransactionReceipt(ctx, hash)
		if err == nil && receipt.Status != types.ReceiptStatusSuccessful {
			return nil, fmt.Errorf("funding transaction %s failed in block %s", hash, receipt.BlockNumber)
		}
		if err == nil {
			return receipt, nil
		}
		// geth says "transaction indexing is in progress" for a moment after start; every other node says null.
		var refusal rpc.Error
		if !errors.Is(err, ethereum.NotFound) && !errors.As(err, &refusal) {
			return nil, fmt.Errorf("ask for the receipt of %s: %w", hash, err)
		}
		if !sleep(ctx, 100*time.Millisecond) {
			return nil, fmt.Errorf("funding transaction %s was not included in %s: %w", hash, receiptTimeout, ctx.Err())
		}
	}
}

// failures looks up the receipts of a sample of the included transactions and counts the reverted ones.
func (e *endpoint) failures(ctx context.Context, book *ledger) (checked, failed int, err error) {
	var included []common.Hash
	for i, seen := range book.seen {
		if seen != never {
			included = append(included, book.hashes[i])
		}
	}
	pick := sampler(max(1, len(included)))
	checked = min(len(included), 1000)
	receipts, err := askAll[json.RawMessage](ctx, e.rpc, "eth_getTransactionReceipt", checked, func(i int) []any {
		return []any{included[pick(i)]}
	})
	if err != nil {
		return 0, 0, err
	}
	for i, raw := range receipts {
		var receipt *struct {
			Status hexutil.Uint64 `json:"status"`
		}
		if err := json.Unmarshal(raw, &receipt); err != nil {
			return 0, 0, fmt.Errorf("decode the receipt of %s: %w", included[pick(i)], err)
		}
		if receipt == nil || receipt.Status != 1 {
			failed++
		}
	}
	return checked, failed, nil
}
