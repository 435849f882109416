package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/cybermiles/cybermiles/client"
	"github.com/cybermiles/cybermiles/client/amount"
	"github.com/cybermiles/cybermiles/client/artifact"
)

func newDeployCommand() *cobra.Command {
	var value, contract, constructor string
	cmd := &cobra.Command{
		Use:   "deploy FILE [ARGUMENT…]",
		Short: "Create a contract from its compiled form",
		Long: withFields(`Create a contract and wait until it is final. FILE is what a compiler wrote: an
artifact of Hardhat or Foundry, the JSON output of solc, or bytecode in hex; - is
standard input. Arguments go to the constructor.`, sentTransaction{}),
		Example: `  cybermiles deploy out/Sale.sol/Sale.json 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 1.5cmt
  cybermiles deploy Sale.hex --constructor "(address,uint256)" 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 7`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			req := client.Request{}
			var err error
			if value != "" {
				if req.ValueWei, err = amount.Parse(value); err != nil {
					return misusef("--value: %v", err)
				}
			}
			compiled, err := readArtifact(cmd, args[0], contract)
			if err != nil {
				return err
			}
			if constructor != "" {
				if err := compiled.SetConstructor(constructor); err != nil {
					return misusef("--constructor: %v", err)
				}
			}
			if req.Data, err = compiled.Creation(args[1:]); err != nil {
				return misusef("constructor: %v", err)
			}
			return transact(cmd, req)
		},
	}
	addSenderFlags(cmd)
	addTransactionFlags(cmd)
	cmd.Flags().StringVar(&value, "value", "", "`amount` that the constructor receives")
	cmd.Flags().StringVar(&contract, "contract", "", "`name` of the contract, when the file holds several")
	cmd.Flags().StringVar(&constructor, "constructor", "", "parameter `types`, when the file has no ABI: \"(address,uint256)\"")
	return cmd
}

func readArtifact(cmd *cobra.Command, path, contract string) (*artifact.Contract, error) {
	content, err := readFile(cmd, path, artifact.MaxFile)
	if err != nil {
		return nil, fmt.Errorf("read contract: %w", err)
	}
	compiled, err := artifact.Parse(content, contract)
	if errors.Is(err, artifact.ErrChoice) {
		return nil, misusef("%v; choose one with --contract", err)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return compiled, nil
}
