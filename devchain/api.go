package devchain

import (
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/holiman/uint256"
)

// APIs are the JSON-RPC methods that only a development chain has: Hardhat's
// and Anvil's helpers, and sending for accounts whose keys are public or not
// needed. They replace methods of the same name.
func (c *Chain) APIs(accounts Accounts) []rpc.API {
	evm, cheats := &evmAPI{c}, &cheatAPI{c}
	return []rpc.API{
		{Namespace: "evm", Service: evm},
		{Namespace: "hardhat", Service: cheats},
		{Namespace: "anvil", Service: &anvilAPI{evmAPI{c}}},
		{Namespace: "anvil", Service: cheats}, // its mine is the one with two arguments
		{Namespace: "eth", Service: &accountAPI{c, accounts}},
	}
}

// number takes what clients send for a number: 12, "12" or "0xc".
type number uint64

func (n *number) UnmarshalJSON(input []byte) error {
	text := string(input)
	if len(text) >= 2 && text[0] == '"' {
		text = text[1 : len(text)-1]
	}
	var value uint256.Int
	var err error
	if len(text) > 1 && text[:2] == "0x" {
		err = value.SetFromHex("0x" + trimZeros(text[2:]))
	} else {
		err = value.SetFromDecimal(text)
	}
	if err != nil || !value.IsUint64() {
		return fmt.Errorf("%s is not a number below 2^64 (12, \"12\" or \"0xc\")", input)
	}
	*n = number(value.Uint64())
	return nil
}

func trimZeros(digits string) string {
	for len(digits) > 1 && digits[0] == '0' {
		digits = digits[1:]
	}
	return digits
}

// evmAPI is the evm_ namespace.
type evmAPI struct{ c *Chain }

// Snapshot implements evm_snapshot.
func (a *evmAPI) Snapshot() hexutil.Uint64 { return hexutil.Uint64(a.c.Snapshot()) }

// Revert implements evm_revert.
func (a *evmAPI) Revert(id number) (bool, error) { return a.c.Revert(uint64(id)) }

// Mine implements evm_mine.
func (a *evmAPI) Mine(timestamp *number) (string, error) {
	if timestamp != nil && *timestamp > 0 {
		if err := a.c.SetNextBlockTime(uint64(*timestamp)); err != nil {
			return "", err
		}
	}
	return "0x0", a.c.Mine(1, 0)
}

// IncreaseTime implements evm_increaseTime.
func (a *evmAPI) IncreaseTime(seconds number) string {
	return fmt.Sprint(a.c.IncreaseTime(uint64(seconds)))
}

// SetNextBlockTimestamp implements evm_setNextBlockTimestamp.
func (a *evmAPI) SetNextBlockTimestamp(at number) (string, error) {
	return fmt.Sprint(uint64(at)), a.c.SetNextBlockTime(uint64(at))
}

// SetAutomine implements evm_setAutomine.
func (a *evmAPI) SetAutomine(on bool) (bool, error) { return true, a.c.SetAutomine(on) }

// SetIntervalMining implements evm_setIntervalMining, in milliseconds.
func (a *evmAPI) SetIntervalMining(every number) bool {
	a.c.SetInterval(time.Duration(every) * time.Millisecond)
	return true
}

// anvilAPI are evm_ methods that Anvil has under its own name.
type anvilAPI struct{ evmAPI }

// cheatAPI is what hardhat_ and anvil_ have in common.
type cheatAPI struct{ c *Chain }

// Mine implements hardhat_mine and anvil_mine: a number of blocks and the
// seconds between them.
func (a *cheatAPI) Mine(blocks, spacing *number) (bool, error) {
	count, gap := uint64(1), uint64(0)
	if blocks != nil {
		count = uint64(*blocks)
	}
	if spacing != nil {
		gap = uint64(*spacing)
	}
	if count > maxMine {
		return false, fmt.Errorf("%d blocks at once: at most %d", count, maxMine)
	}
	return true, a.c.Mine(count, gap)
}

// maxMine bounds hardhat_mine; every block here is really executed.
const maxMine = 100_000

// SetBalance implements hardhat_setBalance, in wei.
func (a *cheatAPI) SetBalance(account common.Address, wei hexutil.U256) (bool, error) {
	return true, a.c.SetBalance(account, (*uint256.Int)(&wei))
}

// SetCode implements hardhat_setCode.
func (a *cheatAPI) SetCode(account common.Address, code hexutil.Bytes) (bool, error) {
	return true, a.c.SetCode(account, code)
}

// SetNonce implements hardhat_setNonce.
func (a *cheatAPI) SetNonce(account common.Address, nonce number) (bool, error) {
	return true, a.c.SetNonce(account, uint64(nonce))
}

// SetStorageAt implements hardhat_setStorageAt.
func (a *cheatAPI) SetStorageAt(account common.Address, slot, value quantity) (bool, error) {
	return true, a.c.SetStorage(account, common.Hash(slot), common.Hash(value))
}

// quantity takes a slot or word as clients send it: padded or not.
type quantity common.Hash

func (q *quantity) UnmarshalText(input []byte) error {
	var value uint256.Int
	text := string(input)
	if len(text) < 3 || text[:2] != "0x" {
		return fmt.Errorf("%q is not a hexadecimal word such as 0x2a", text)
	}
	if err := value.SetFromHex("0x" + trimZeros(text[2:])); err != nil {
		return fmt.Errorf("%q is not a hexadecimal word such as 0x2a", text)
	}
	*q = quantity(value.Bytes32())
	return nil
}

// ImpersonateAccount implements hardhat_impersonateAccount.
func (a *cheatAPI) ImpersonateAccount(account common.Address) bool {
	a.c.Impersonate(account, true)
	return true
}

// StopImpersonatingAccount implements hardhat_stopImpersonatingAccount.
func (a *cheatAPI) StopImpersonatingAccount(account common.Address) bool {
	a.c.Impersonate(account, false)
	return true
}

// AutoImpersonateAccount implements anvil_autoImpersonateAccount.
func (a *cheatAPI) AutoImpersonateAccount(on bool) bool {
	a.c.ImpersonateAll(on)
	return true
}

// SetCoinbase implements hardhat_setCoinbase.
func (a *cheatAPI) SetCoinbase(account common.Address) bool {
	a.c.SetCoinbase(account)
	return true
}

// SetPrevRandao implements hardhat_setPrevRandao.
func (a *cheatAPI) SetPrevRandao(value quantity) bool {
	a.c.SetPrevRandao(common.Hash(value))
	return true
}

// GetAutomine implements hardhat_getAutomine.
func (a *cheatAPI) GetAutomine() bool { return a.c.Automine() }

// DropTransaction implements hardhat_dropTransaction.
func (a *cheatAPI) DropTransaction(hash common.Hash) bool {
	known := a.c.pool.Get(hash) != nil
	a.c.pool.Drop([]common.Hash{hash})
	return known
}

// Metadata implements hardhat_metadata.
func (a *cheatAPI) Metadata() map[string]any {
	head := a.c.ledger.Head()
	return map[string]any{
		"clientVersion":     "cybermiles/dev",
		"chainId":           a.c.ChainID().Uint64(),
		"instanceId":        a.c.ledger.Genesis().Hash(),
		"latestBlockNumber": head.NumberU64(),
		"latestBlockHash":   head.Hash(),
	}
}
