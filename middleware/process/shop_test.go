package process_test

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

var (
	shopAt  = common.HexToAddress("0x5401")
	tokenAt = common.HexToAddress("0x70ce")
)

// shop is a contract that processes call.
type shop struct {
	*contract.Base
	store struct {
		Callers contract.Array[common.Address]
	}
	fail struct {
		SoldOut   func() error
		TooLittle func(needed *uint256.Int) error
	}
	target common.Address
	again  []byte // what buy calls the process contract with
}

const shopABI = `{"abi":[
{"type":"function","name":"quote","stateMutability":"view","inputs":[{"name":"n","type":"uint256"}],"outputs":[{"name":"price","type":"uint256"},{"name":"unit","type":"string"}]},
{"type":"function","name":"buy","stateMutability":"payable","inputs":[{"name":"n","type":"uint256"},{"name":"note","type":"string"}],"outputs":[{"name":"total","type":"uint256"}]},
{"type":"function","name":"isMember","stateMutability":"view","inputs":[{"name":"role","type":"string"},{"name":"who","type":"address"}],"outputs":[{"name":"is","type":"bool"}]},
{"type":"error","name":"SoldOut","inputs":[]},
{"type":"error","name":"TooLittle","inputs":[{"name":"needed","type":"uint256"}]}]}`

func newShop() *shop {
	s := &shop{}
	s.Base = contract.Must(contract.Spec{
		Name: "shop", Address: shopAt, Interface: []byte(shopABI), Storage: &s.store, Errors: &s.fail,
		Methods: contract.Methods{"quote": s.quote, "buy": contract.Reentrant(s.buy), "isMember": s.isMember},
	})
	return s
}

func (s *shop) quote(_ *contract.Context, n *uint256.Int) (*uint256.Int, string) {
	return new(uint256.Int).Mul(n, uint256.NewInt(7)), "wei"
}

func (s *shop) isMember(_ *contract.Context, role string, who common.Address) bool {
	return role == "seller" && who == seller
}

func (s *shop) buy(ctx *contract.Context, n *uint256.Int, note string) (*uint256.Int, error) {
	switch {
	case n.IsZero():
		return nil, s.fail.SoldOut()
	case n.GtUint64(1000):
		return nil, contract.Refuse("nobody has so many")
	case ctx.Value().LtUint64(n.Uint64()):
		return nil, s.fail.TooLittle(n)
	}
	s.store.Callers.Push(ctx, ctx.Caller())
	if s.again != nil {
		if output, err := ctx.Call(s.target, s.again, nil, contract.AllGas); err != nil {
			return nil, contract.Refuse("the process refused: %x", output)
		}
	}
	return new(uint256.Int).AddUint64(n, uint64(len(note))), nil
}

// token is an ERC-20 token.
type token struct {
	*contract.Base
	store struct {
		Balances contract.Map[common.Address, uint256.Int]
		Approved contract.Nested[common.Address, contract.Map[common.Address, uint256.Int]]
	}
	blocked common.Address // gets nothing
}

const tokenABI = `{"abi":[
{"type":"function","name":"balanceOf","stateMutability":"view","inputs":[{"name":"a","type":"address"}],"outputs":[{"name":"n","type":"uint256"}]},
{"type":"function","name":"mint","stateMutability":"nonpayable","inputs":[{"name":"a","type":"address"},{"name":"n","type":"uint256"}],"outputs":[]},
{"type":"function","name":"approve","stateMutability":"nonpayable","inputs":[{"name":"a","type":"address"},{"name":"n","type":"uint256"}],"outputs":[{"name":"ok","type":"bool"}]},
{"type":"function","name":"transfer","stateMutability":"nonpayable","inputs":[{"name":"a","type":"address"},{"name":"n","type":"uint256"}],"outputs":[{"name":"ok","type":"bool"}]},
{"type":"function","name":"transferFrom","stateMutability":"nonpayable","inputs":[{"name":"from","type":"address"},{"name":"to","type":"address"},{"name":"n","type":"uint256"}],"outputs":[{"name":"ok","type":"bool"}]}]}`

func newToken() *token {
	k := &token{}
	k.Base = contract.Must(contract.Spec{
		Name: "token", Address: tokenAt, Interface: []byte(tokenABI), Storage: &k.store,
		Methods: contract.Methods{
			"balanceOf": func(ctx *contract.Context, a common.Address) uint256.Int { return k.store.Balances.Get(ctx, a) },
			"mint":      func(ctx *contract.Context, a common.Address, n uint256.Int) { k.store.Balances.Set(ctx, a, n) },
			"approve": func(ctx *contract.Context, a common.Address, n uint256.Int) bool {
				of := k.store.Approved.At(ctx, ctx.Caller())
				of.Set(ctx, a, n)
				return true
			},
			"transfer": func(ctx *contract.Context, to common.Address, n uint256.Int) (bool, error) {
				return k.move(ctx, ctx.Caller(), to, &n)
			},
			"transferFrom": func(ctx *contract.Context, from, to common.Address, n uint256.Int) (bool, error) {
				of := k.store.Approved.At(ctx, from)
				left := of.Get(ctx, ctx.Caller())
				if left.Lt(&n) {
					return false, contract.Refuse("not approved")
				}
				of.Set(ctx, ctx.Caller(), *left.Sub(&left, &n))
				return k.move(ctx, from, to, &n)
			},
		},
	})
	return k
}

func (k *token) move(ctx *contract.Context, from, to common.Address, n *uint256.Int) (bool, error) {
	have := k.store.Balances.Get(ctx, from)
	if have.Lt(n) || to == k.blocked {
		return false, contract.Refuse("not moved")
	}
	k.store.Balances.Set(ctx, from, *have.Sub(&have, n))
	got := k.store.Balances.Get(ctx, to)
	k.store.Balances.Set(ctx, to, *got.Add(&got, n))
	return true, nil
}
