package network

import (
	"crypto/ecdsa"
	"fmt"
	"math/big"

	"github.com/btcsuite/btcd/btcutil/hdkeychain"
	"github.com/btcsuite/btcd/chaincfg"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/params"
	"github.com/tyler-smith/go-bip39"
)

// DevMnemonic is the phrase that Hardhat and Foundry use too. Its keys are known to everybody: never use them where
// coins have a worth.
const DevMnemonic = "test test test test test test test test test test test junk"

// DevAccountCount is how many accounts of DevMnemonic a development chain funds.
const DevAccountCount = 10

// DevBalanceWei is what each of them holds: 10,000 CMT.
var DevBalanceWei = new(big.Int).Mul(big.NewInt(10_000), big.NewInt(params.Ether))

// DevAccount is an account whose key is public.
type DevAccount struct {
	Address common.Address
	Key     *ecdsa.PrivateKey
}

// DevAccounts derives the first n accounts of DevMnemonic, path m/44'/60'/0'/0/i.
func DevAccounts(n int) ([]DevAccount, error) {
	const hardened = hdkeychain.HardenedKeyStart
	if n < 0 || n > hardened {
		return nil, fmt.Errorf("%d development accounts asked for; from 0 to %d are possible", n, hardened)
	}
	parent, err := hdkeychain.NewMaster(bip39.NewSeed(DevMnemonic, ""), &chaincfg.MainNetParams)
	if err != nil {
		return nil, fmt.Errorf("development accounts: %w", err)
	}
	for _, step := range []uint32{hardened + 44, hardened + 60, hardened, 0} {
		if parent, err = parent.Derive(step); err != nil {
			return nil, fmt.Errorf("development accounts: %w", err)
		}
	}
	accounts := make([]DevAccount, n)
	for i := range accounts {
		child, err := parent.Derive(uint32(i))
		if err != nil {
			return nil, fmt.Errorf("development account %d: %w", i, err)
		}
		derived, err := child.ECPrivKey()
		if err != nil {
			return nil, fmt.Errorf("development account %d: %w", i, err)
		}
		key := derived.ToECDSA()
		// go-ethereum compares curves by identity, so the key must be on its own.
		if key, err = crypto.ToECDSA(crypto.FromECDSA(key)); err != nil {
			return nil, fmt.Errorf("development account %d: %w", i, err)
		}
		accounts[i] = DevAccount{Address: crypto.PubkeyToAddress(key.PublicKey), Key: key}
	}
	return accounts, nil
}

// DevOptions vary a development chain's genesis; the zero value is a good one.
type DevOptions struct {
	ChainID  uint64             // 0 means DevChainID
	Accounts int                // of DevMnemonic to fund; 0 means DevAccountCount
	Extra    types.GenesisAlloc // further accounts, added to the others

	Snapshot         string   // path of a holders' list, see ReadSnapshot; empty means none
	SnapshotTotalWei *big.Int // what the list must add up to; nil accepts any sum
}

// DevGenesis returns the genesis of a development chain: predeploys, funded development accounts, and what the
// options add. Its operators are left to the caller, who knows the validators' keys.
func DevGenesis(opts DevOptions) (*Genesis, error) {
	if opts.ChainID == 0 {
		opts.ChainID = DevChainID
	}
	if opts.Accounts == 0 {
		opts.Accounts = DevAccountCount
	}
	funded, err := devAlloc(opts.Accounts)
	if err != nil {
		return nil, err
	}
	g := New("CyberMiles development", opts.ChainID)
	g.Economy = DevEconomy()
	additions := []types.GenesisAlloc{funded, opts.Extra}
	if opts.Snapshot != "" {
		holders, err := ReadSnapshot(opts.Snapshot, opts.SnapshotTotalWei)
		if err != nil {
			return nil, err
		}
		additions = append(additions, holders)
	}
	for _, alloc := range additions {
		if err := g.Add(alloc); err != nil {
			return nil, err
		}
	}
	return g, nil
}

// devAlloc funds the first n accounts of DevMnemonic.
func devAlloc(n int) (types.GenesisAlloc, error) {
	accounts, err := DevAccounts(n)
	if err != nil {
		return nil, err
	}
	funded := make(types.GenesisAlloc, n)
	for _, account := range accounts {
		funded[account.Address] = types.Account{Balance: new(big.Int).Set(DevBalanceWei)}
	}
	return funded, nil
}
