package bench

import (
	"context"
	"crypto/ecdsa"
	"fmt"
	"math/big"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/params"
)

const (
	// accountsPerFunding keeps one funding transaction below 2²⁴ gas, the cap of EIP-7825.
	accountsPerFunding = 300
	// gasPerFunding is above what creating one account by a call (36,600 and call data), or one token balance
	// (22,100, a log and call data), costs.
	gasPerFunding = 45000
	// fundingInFlight stays within the 16 transactions of one account that nodes promise to hold.
	fundingInFlight = 16
	// deployGas is above what either contract's creation costs.
	deployGas = 2_000_000
)

// funder is the account that pays.
type funder struct {
	key     *ecdsa.PrivateKey
	address common.Address
	nonce   uint64
}

func (e *endpoint) newFunder(ctx context.Context) (*funder, error) {
	key, err := crypto.HexToECDSA(strings.TrimPrefix(e.cfg.FunderKey, "0x"))
	if err != nil {
		return nil, fmt.Errorf("funder key: %w", err)
	}
	f := &funder{key: key, address: crypto.PubkeyToAddress(key.PublicKey)}
	if f.nonce, err = e.eth.PendingNonceAt(ctx, f.address); err != nil {
		return nil, fmt.Errorf("ask for the funder's nonce: %w", err)
	}
	return f, nil
}

// prepare funds the accounts for the given number of transactions each, and deploys what the workload calls: a
// token of which every account has a balance, a decision model and a shop that asks it, or a process and its clerk.
func (e *endpoint) prepare(ctx context.Context, accounts *Accounts, each int) error {
	f, err := e.newFunder(ctx)
	if err != nil {
		return err
	}
	// The most a transaction may cost is reserved by the pool, though a fraction of it is paid.
	perTransaction := new(big.Int).Mul(e.terms.feeCap, big.NewInt(gasAllowance(e.cfg.Workload)))
	need := new(big.Int).Mul(perTransaction.Add(perTransaction, oneWei), big.NewInt(int64(each)))
	if e.cfg.Prefunded {
		err = e.checkPrefunded(ctx, accounts, need)
	} else {
		err = e.fund(ctx, f, accounts, need)
	}
	if err != nil {
		return err
	}
	switch e.cfg.Workload {
	case ERC20, Mixed:
		err = e.deployToken(ctx, f, accounts)
	case Rules:
		err = e.deployShop(ctx, f)
	case Process:
		err = e.deployClerk(ctx, f)
	}
	if err != nil {
		return err
	}
	return e.setGas(ctx, accounts)
}

// gasAllowance is the gas to fund for each transaction, above any estimate.
func gasAllowance(w Workload) int64 {
	switch w {
	case Transfer:
		return 21000
	case Rules:
		return 110_000
	case Process:
		return 320_000
	}
	return 65000
}

func (e *endpoint) balances(ctx context.Context, accounts *Accounts, n int, pick func(i int) int) ([]hexutil.Big, error) {
	return askAll[hexutil.Big](ctx, e.rpc, "eth_getBalance", n, func(i int) []any {
		return []any{accounts.Address(pick(i)), "latest"}
	})
}

func (e *endpoint) checkPrefunded(ctx context.Context, accounts *Accounts, need *big.Int) error {
	pick := sampler(accounts.Len())
	balances, err := e.balances(ctx, accounts, sampleSize(accounts.Len()), pick)
	if err != nil {
		return err
	}
	for i := range balances {
		if balances[i].ToInt().Cmp(need) < 0 {
			return fmt.Errorf("account %d (%s) holds %s, a run needs %s: is the genesis made from `bench alloc` with the same --seed and --accounts?",
				pick(i), accounts.Address(pick(i)), ether(balances[i].ToInt()), ether(need))
		}
	}
	return nil
}

// fund tops up every account that holds less than need.
func (e *endpoint) fund(ctx context.Context, f *funder, accounts *Accounts, need *big.Int) error {
	balances, err := e.balances(ctx, accounts, accounts.Len(), func(i int) int { return i })
	if err != nil {
		return err
	}
	var poor []common.Address
	for i := range balances {
		if balances[i].ToInt().Cmp(need) < 0 {
			poor = append(poor, accounts.Address(i))
		}
	}
	if len(poor) == 0 {
		return nil
	}
	total := new(big.Int).Mul(need, big.NewInt(int64(len(poor))))
	balance, err := e.eth.BalanceAt(ctx, f.address, nil)
	if err != nil {
		return fmt.Errorf("ask for the funder's balance: %w", err)
	}
	if balance.Cmp(total) < 0 {
		return fmt.Errorf("the funder %s holds %s but %d accounts need %s each: give another --funder-key, lower --max-fee-gwei, "+
			"--accounts or --duration, or put the accounts into the genesis (`bench alloc`) and use --prefunded",
			f.address, ether(balance), len(poor), ether(need))
	}
	e.cfg.logf("funding %d accounts with %s each", len(poor), ether(need))
	contract, err := e.deploy(ctx, f, disperseHex)
	if err != nil {
		return err
	}
	return e.inChunks(ctx, f, poor, func(chunk []common.Address) (common.Address, *big.Int, []byte) {
		return contract, new(big.Int).Mul(need, big.NewInt(int64(len(chunk)))), disperseData(chunk)
	})
}

// tokensEach is enough for every transaction of a run to come from the same account.
var tokensEach = big.NewInt(params.Ether)

func (e *endpoint) deployToken(ctx context.Context, f *funder, accounts *Accounts) error {
	token, err := e.deploy(ctx, f, tokenHex)
	if err != nil {
		return err
	}
	e.terms.contract = token
	e.cfg.logf("deployed an ERC-20 token at %s, minting to %d accounts", token, accounts.Len())
	return e.inChunks(ctx, f, accounts.addresses, func(chunk []common.Address) (common.Address, *big.Int, []byte) {
		return token, nil, mintData(chunk, tokensEach)
	})
}

// deployShop deploys the decision model and the contract that asks it.
func (e *endpoint) deployShop(ctx context.Context, f *funder) error {
	if err := e.needs(ctx, rulesAddress); err != nil {
		return err
	}
	model, err := creationCode(feesHex)
	if err != nil {
		return err
	}
	hash, err := e.send(ctx, f, deployGas, &rulesAddress, nil, deployModelData(model))
	if err != nil {
		return err
	}
	if _, err := e.await(ctx, hash); err != nil {
		return fmt.Errorf("deploy the decision model: %w", err)
	}
	if e.terms.contract, err = e.deploy(ctx, f, shopHex); err != nil {
		return err
	}
	e.cfg.logf("deployed a shop that asks a decision model at %s", e.terms.contract)
	return nil
}

// needs refuses a chain without the contract that a workload is about.
func (e *endpoint) needs(ctx context.Context, contract common.Address) error {
	code, err := e.eth.CodeAt(ctx, contract, nil)
	if err != nil {
		return fmt.Errorf("ask for the contract at %s: %w", contract, err)
	}
	if len(code) == 0 {
		return fmt.Errorf("the chain has no contract at %s: the workload %s runs on CyberMiles alone", contract, e.cfg.Workload)
	}
	return nil
}

// deployClerk deploys the process of one task and the contract that starts and completes its instances.
func (e *endpoint) deployClerk(ctx context.Context, f *funder) error {
	if err := e.needs(ctx, processAddress); err != nil {
		return err
	}
	model, err := creationCode(taskHex)
	if err != nil {
		return err
	}
	if e.terms.contract, err = e.deploy(ctx, f, clerkHex, bytesArgument(model)...); err != nil {
		return err
	}
	e.cfg.logf("deployed a clerk who starts and completes processes at %s", e.terms.contract)
	return nil
}

// deploy creates a contract; arguments are those of its constructor, encoded.
func (e *endpoint) deploy(ctx context.Context, f *funder, compiled string, arguments ...byte) (common.Address, error) {
	code, err := creationCode(compiled)
	if err != nil {
		return common.Address{}, err
	}
	hash, err := e.send(ctx, f, deployGas, nil, nil, append(code, arguments...))
	if err != nil {
		return common.Address{}, err
	}
	receipt, err := e.await(ctx, hash)
	if err != nil {
		return common.Address{}, err
	}
	return receipt.ContractAddress, nil
}

// inChunks sends one transaction for each few hundred accounts and waits until all succeeded.
func (e *endpoint) inChunks(ctx context.Context, f *funder, accounts []common.Address, call func(chunk []common.Address) (common.Address, *big.Int, []byte)) error {
	var waiting []common.Hash
	for start := 0; start < len(accounts); start += accountsPerFunding {
		if len(waiting) == fundingInFlight {
			if _, err := e.await(ctx, waiting[0]); err != nil {
				return err
			}
			waiting = waiting[1:]
		}
		chunk := accounts[start:min(start+accountsPerFunding, len(accounts))]
		to, value, data := call(chunk)
		hash, err := e.send(ctx, f, uint64(100_000+gasPerFunding*len(chunk)), &to, value, data)
		if err != nil {
			return err
		}
		waiting = append(waiting, hash)
	}
	for _, hash := range waiting {
		if _, err := e.await(ctx, hash); err != nil {
			return err
		}
	}
	return nil
}

// ether writes an amount of wei in whole coins.
func ether(wei *big.Int) string {
	coins := new(big.Rat).SetFrac(wei, big.NewInt(params.Ether))
	return coins.FloatString(6) + " coins"
}
