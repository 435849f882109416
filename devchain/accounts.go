package devchain

import (
	"crypto/ecdsa"
	"errors"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/params"
)

// Accounts are the development accounts, whose keys everybody knows, in order.
type Accounts []Account

// Account is an account with its key.
type Account struct {
	Address common.Address
	Key     *ecdsa.PrivateKey
}

// accountAPI sends transactions without a wallet, as test runners do.
type accountAPI struct {
	c        *Chain
	accounts Accounts
}

// Accounts implements eth_accounts.
func (a *accountAPI) Accounts() []common.Address {
	list := make([]common.Address, len(a.accounts))
	for i, account := range a.accounts {
		list[i] = account.Address
	}
	return list
}

// sendArgs is what eth_sendTransaction takes.
type sendArgs struct {
	From                 common.Address    `json:"from"`
	To                   *common.Address   `json:"to"`
	Gas                  *hexutil.Uint64   `json:"gas"`
	GasPrice             *hexutil.Big      `json:"gasPrice"`
	MaxFeePerGas         *hexutil.Big      `json:"maxFeePerGas"`
	MaxPriorityFeePerGas *hexutil.Big      `json:"maxPriorityFeePerGas"`
	Value                *hexutil.Big      `json:"value"`
	Nonce                *hexutil.Uint64   `json:"nonce"`
	Data                 *hexutil.Bytes    `json:"data"`
	Input                *hexutil.Bytes    `json:"input"`
	AccessList           *types.AccessList `json:"accessList"`
}

// SendTransaction implements eth_sendTransaction for development accounts and
// impersonated ones.
func (a *accountAPI) SendTransaction(args sendArgs) (common.Hash, error) {
	tx, err := a.sign(args)
	if err != nil {
		return common.Hash{}, err
	}
	return tx.Hash(), a.c.SendTransactions([]*types.Transaction{tx})[0]
}

func (a *accountAPI) sign(args sendArgs) (*types.Transaction, error) {
	signer := NewSigner(a.c.executor.Config())
	unsigned := types.NewTx(a.fill(args))
	if a.c.Impersonates(args.From) {
		return signer.Impersonate(unsigned, args.From)
	}
	for _, account := range a.accounts {
		if account.Address == args.From {
			return types.SignTx(unsigned, signer, account.Key)
		}
	}
	return nil, fmt.Errorf("no key for %s: sign in your wallet and use eth_sendRawTransaction, or call hardhat_impersonateAccount first", args.From)
}

// fill completes a transaction: the next nonce, a gas limit that suffices, and
// a price that is paid for a few blocks.
func (a *accountAPI) fill(args sendArgs) types.TxData {
	nonce := a.c.pool.Nonce(args.From)
	if args.Nonce != nil {
		nonce = uint64(*args.Nonce)
	}
	gas := min(a.c.executor.UserGasLimit(), params.MaxTxGas)
	if args.Gas != nil {
		gas = uint64(*args.Gas)
	}
	var data []byte
	if args.Input != nil {
		data = *args.Input
	} else if args.Data != nil {
		data = *args.Data
	}
	var list types.AccessList
	if args.AccessList != nil {
		list = *args.AccessList
	}
	tip, feeCap := a.price(args)
	return &types.DynamicFeeTx{
		ChainID: a.c.ChainID(), Nonce: nonce, Gas: gas, GasTipCap: tip, GasFeeCap: feeCap,
		To: args.To, Value: bigOr(args.Value, new(big.Int)), Data: data, AccessList: list,
	}
}

func (a *accountAPI) price(args sendArgs) (tip, feeCap *big.Int) {
	if args.GasPrice != nil {
		return args.GasPrice.ToInt(), args.GasPrice.ToInt()
	}
	tip = bigOr(args.MaxPriorityFeePerGas, big.NewInt(params.GWei))
	next := a.c.executor.NextBaseFee(a.c.ledger.Head().Header())
	feeCap = bigOr(args.MaxFeePerGas, new(big.Int).Add(tip, next.Lsh(next, 1)))
	if args.MaxPriorityFeePerGas == nil && tip.Cmp(feeCap) > 0 {
		tip = feeCap
	}
	return tip, feeCap
}

func bigOr(value *hexutil.Big, fallback *big.Int) *big.Int {
	if value == nil {
		return fallback
	}
	return value.ToInt()
}

// errNoKey is the answer to signing with an account that has no key here.
var errNoKey = errors.New("only the development accounts can sign here")

func (a *accountAPI) key(account common.Address) (*ecdsa.PrivateKey, error) {
	for _, known := range a.accounts {
		if known.Address == account {
			return known.Key, nil
		}
	}
	return nil, fmt.Errorf("%w: %s is none of them", errNoKey, account)
}
