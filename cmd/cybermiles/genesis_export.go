package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/big"
	"slices"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/spf13/cobra"

	"github.com/cybermiles/cybermiles/client/amount"
	"github.com/cybermiles/cybermiles/client/audit"
	"github.com/cybermiles/cybermiles/node"
)

// exportedGenesis is the file of `genesis export`.
type exportedGenesis struct {
	ChainID   uint64                     `json:"chainId"`
	Block     uint64                     `json:"block"`
	BlockHash common.Hash                `json:"blockHash"`
	StateRoot common.Hash                `json:"stateRoot"`
	Time      uint64                     `json:"time"` // of the block, seconds since 1970
	Contracts map[string]json.RawMessage `json:"contracts"`
	Balances  map[common.Address]string  `json:"contractBalancesWei"`
	Accounts  map[common.Address]string  `json:"accountBalancesWei,omitempty"` // of those that were named

	elsewhereWei *big.Int // what other accounts hold; nil when the chain does not count its coins
}

// genesisExportResult is the JSON of `genesis export`.
type genesisExportResult struct {
	File         string      `json:"file" doc:"the file"`
	Block        uint64      `json:"block" doc:"whose state it has"`
	BlockHash    common.Hash `json:"blockHash" doc:"the block's hash"`
	Contracts    []string    `json:"contracts" doc:"contracts in it"`
	Accounts     int         `json:"accounts" doc:"other accounts in it"`
	ElsewhereWei string      `json:"elsewhereWei,omitempty" doc:"coins of accounts that are not in it, in wei"`
}

const genesisExportLong = `Write the whole state of the chain's contracts (supply, locks, stakes, proposals and so
on) after a block in --home, as the "contracts" of a genesis have it, with the balances
that these contracts hold. The node must be stopped, and must still have the block's
state. A chain that begins with it goes on where this one stood, and exports the same
bytes.

Of other accounts only the balances of those that --accounts names are in it: the ledger
knows accounts and storage by the hashes of their names alone, so it cannot list them. A
list from an explorer, or of a genesis and the logs since, will do; "elsewhere" is what
the accounts that it forgets hold, and 0 proves it complete. Contracts in Solidity and
their storage cannot be exported: such a chain goes on by upgrades, not with a new genesis.`

func newGenesisExportCommand() *cobra.Command {
	var out string
	var accounts []string
	var height uint64
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Write a stopped node's contracts of the chain as parts of a genesis",
		Long:  withFields(genesisExportLong, genesisExportResult{}),
		Example: "  cybermiles genesis export --home node --out state.json\n" +
			"  cybermiles genesis export --home node --height 100000 --accounts holders.csv --out state.json",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			named, err := auditAccounts(accounts)
			if err != nil {
				return err
			}
			return withLedger(cmd, func(ledger *node.Ledger) (bool, error) {
				header := ledger.Chain.Head().Header()
				if cmd.Flag("height").Changed {
					if header = ledger.Chain.Header(height); header == nil {
						return false, fmt.Errorf("--height %d: the newest block is %d, the oldest %d", height, ledger.Chain.Head().NumberU64(), ledger.Chain.Earliest())
					}
				}
				exported, err := exportGenesis(ledger, header, named)
				if err != nil {
					return false, err
				}
				return false, exported.write(cmd, out)
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&out, "out", "", "`file` to write")
	f.Uint64Var(&height, "height", 0, "`number` of the block (default: the newest)")
	f.StringSliceVar(&accounts, "accounts", nil, "`address` or file of accounts (CSV: address,label) whose balances to add; may be repeated")
	requireFlag(cmd, "out")
	return cmd
}

func exportGenesis(ledger *node.Ledger, at *types.Header, named []audit.Account) (*exportedGenesis, error) {
	db, err := ledger.Chain.StateAt(at)
	if err != nil {
		return nil, err
	}
	sections, err := ledger.Contracts.Export(db, at)
	if err != nil {
		return nil, err
	}
	e := &exportedGenesis{
		ChainID: ledger.Executor.Config().ChainID.Uint64(), Block: at.Number.Uint64(), BlockHash: at.Hash(), StateRoot: at.Root, Time: at.Time,
		Contracts: sections, Balances: make(map[common.Address]string), Accounts: make(map[common.Address]string),
	}
	if e.elsewhereWei, err = sections.TotalWei(); err != nil {
		return nil, err
	}
	enter := func(into map[common.Address]string, account common.Address) {
		wei := db.GetBalance(account)
		into[account] = wei.Dec()
		if e.elsewhereWei != nil {
			e.elsewhereWei.Sub(e.elsewhereWei, wei.ToBig())
		}
	}
	for _, each := range ledger.Contracts.Set() {
		if _, active := sections[each.Name()]; active {
			enter(e.Balances, each.Address())
		}
	}
	for _, account := range named {
		_, isContract := e.Balances[account.Address]
		if _, twice := e.Accounts[account.Address]; !twice && !isContract {
			enter(e.Accounts, account.Address)
		}
	}
	return e, db.Error()
}

// write writes the file and says what is in it.
func (e *exportedGenesis) write(cmd *cobra.Command, out string) error {
	err := writeNew(out, func(w io.Writer) error {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(e)
	})
	if err != nil {
		return err
	}
	result := genesisExportResult{
		File: out, Block: e.Block, BlockHash: e.BlockHash, Contracts: slices.Sorted(maps.Keys(e.Contracts)), Accounts: len(e.Accounts),
	}
	elsewhere := ""
	if e.elsewhereWei != nil {
		result.ElsewhereWei, elsewhere = e.elsewhereWei.String(), amount.CMT(e.elsewhereWei)+" in accounts that are not in it"
	}
	return emit(cmd, result, func(w io.Writer) {
		properties(w, row{"file", out}, row{"block", fmt.Sprintf("%d %s", result.Block, result.BlockHash)},
			row{"contracts", strings.Join(result.Contracts, ", ")}, row{"accounts", fmt.Sprint(result.Accounts)}, row{"elsewhere", elsewhere})
	})
}
