package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/spf13/cobra"

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
}

// genesisExportResult is the JSON of `genesis export`.
type genesisExportResult struct {
	File      string      `json:"file" doc:"the file"`
	Block     uint64      `json:"block" doc:"whose state it has"`
	BlockHash common.Hash `json:"blockHash" doc:"the block's hash"`
	Contracts []string    `json:"contracts" doc:"contracts in it"`
}

func newGenesisExportCommand() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Write a stopped node's contracts of the chain as parts of a genesis",
		Long: withFields(`Write the whole state of the chain's contracts (supply, locks, stakes, proposals and so
on) after the newest block in --home, as the "contracts" of a genesis have it, with the
balances that these contracts hold. The node must be stopped. A chain that begins with
it goes on where this one stood, and exports the same bytes.

Other accounts are not in it: the ledger knows them by the hashes of their addresses
only. "cybermiles audit" proves the balances of accounts that you name.`, genesisExportResult{}),
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withLedger(cmd, func(ledger *node.Ledger) (bool, error) {
				exported, err := exportGenesis(ledger)
				if err != nil {
					return false, err
				}
				err = writeNew(out, func(w io.Writer) error {
					encoder := json.NewEncoder(w)
					encoder.SetIndent("", "  ")
					return encoder.Encode(exported)
				})
				if err != nil {
					return false, err
				}
				result := genesisExportResult{
					File: out, Block: exported.Block, BlockHash: exported.BlockHash, Contracts: slices.Sorted(maps.Keys(exported.Contracts)),
				}
				return false, emit(cmd, result, func(w io.Writer) {
					properties(w, row{"file", out}, row{"block", fmt.Sprintf("%d %s", result.Block, result.BlockHash)},
						row{"contracts", strings.Join(result.Contracts, ", ")})
				})
			})
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "`file` to write")
	requireFlag(cmd, "out")
	return cmd
}

func exportGenesis(ledger *node.Ledger) (*exportedGenesis, error) {
	head := ledger.Chain.Head().Header()
	db, err := ledger.Chain.StateAt(head)
	if err != nil {
		return nil, err
	}
	config := ledger.Executor.Config()
	sections, err := ledger.Contracts.SectionsAt(db, config, head)
	if err != nil {
		return nil, err
	}
	e := &exportedGenesis{
		ChainID: config.ChainID.Uint64(), Block: head.Number.Uint64(), BlockHash: head.Hash(), StateRoot: head.Root, Time: head.Time,
		Contracts: sections, Balances: make(map[common.Address]string),
	}
	for _, each := range ledger.Contracts.Set() {
		if _, active := sections[each.Name()]; active {
			e.Balances[each.Address()] = db.GetBalance(each.Address()).Dec()
		}
	}
	return e, nil
}
