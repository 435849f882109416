package main

import (
	"context"
	"fmt"
	"strconv"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/params"
	"github.com/spf13/cobra"

	"github.com/cybermiles/cybermiles/client"
	"github.com/cybermiles/cybermiles/client/contracts"
	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn/compiler"
	"github.com/cybermiles/cybermiles/middleware/process/workbench"
)

// office asks a node about processes.
type office struct {
	ctx  context.Context
	node *client.Client
	at   client.BlockRef
}

// processContract packs calls of the contract and reads its answers.
var processContract = contracts.NewProcess()

// askProcess asks the contract of a node.
func askProcess[T any](o office, input []byte, unpack func([]byte) (T, error)) (T, error) {
	return client.Read(o.ctx, o.node, contracts.ProcessAddress, input, o.at, unpack)
}

// withOffice runs a command's questions about processes; what the contract
// refuses is put into words.
func withOffice(cmd *cobra.Command, contract *contracts.Contract, ask func(o office) error) error {
	at := client.Latest
	if flag := cmd.Flag("block"); flag != nil {
		var err error
		if at, err = client.ParseBlockRef(flag.Value.String()); err != nil {
			return misusef("--block: %v", err)
		}
	}
	return refusedBy(contract, withNode(cmd, func(ctx context.Context, node *client.Client) error {
		return ask(office{ctx, node, at})
	}))
}

func addBlockFlag(cmd *cobra.Command) {
	cmd.Flags().String("block", "latest", "`block` whose state is asked: a number, a hash or a tag")
}

// hash is what names a model: of a file, a published name, or itself.
func (o office) hash(cmd *cobra.Command, name string) (common.Hash, error) {
	if raw, err := hexutil.Decode(name); err == nil && len(raw) == len(common.Hash{}) {
		return common.Hash(raw), nil
	}
	if isProcessFile(name) {
		file, err := openProcess(cmd, name, false)
		if err != nil {
			return common.Hash{}, err
		}
		if err := file.refuse(file.faults(true)); err != nil {
			return common.Hash{}, err
		}
		return workbench.New(file.model).Hash, nil
	}
	answer, err := askProcess(o, processContract.PackResolve(name), processContract.UnpackResolve)
	if err != nil {
		return common.Hash{}, err
	}
	if answer.Version == 0 {
		return common.Hash{}, fmt.Errorf("%q is neither a file ending in .bpmn, nor a hash, nor a name that was published", name)
	}
	return answer.Model, nil
}

// model reads a deployed model.
func (o office) model(hash common.Hash) (*workbench.Model, error) {
	var code hexutil.Bytes
	if err := o.node.CallRPC(o.ctx, &code, "eth_getCode", common.BytesToAddress(hash[:]), o.at); err != nil {
		return nil, err
	}
	if len(code) == 0 {
		return nil, fmt.Errorf("no process model %s is deployed on this chain; deploy it with `cybermiles process deploy`", hash)
	}
	model, err := workbench.Decode(code[1:])
	if err == nil && model.Hash != hash {
		err = fmt.Errorf("the account of %s holds other code", hash)
	}
	return model, err
}

// instance reads an instance with its model.
func (o office) instance(number uint64) (contracts.ProcessInstance, *workbench.Model, error) {
	instance, err := askProcess(o, processContract.PackInstanceOf(number), processContract.UnpackInstanceOf)
	if err != nil {
		return instance, nil, err
	}
	model, err := o.model(instance.Model)
	return instance, model, err
}

// source reads the BPMN of a model and compares it with what its deployer said.
func (o office) source(cmd *cobra.Command, path string, model common.Hash) ([]byte, error) {
	if path == "" {
		return nil, nil
	}
	source, err := readFile(cmd, path, compiler.MaxSource)
	if err != nil {
		return nil, err
	}
	answer, err := askProcess(o, processContract.PackSourceOf(model), processContract.UnpackSourceOf)
	if err != nil {
		return nil, err
	}
	if answer.Source != workbench.SourceHash(source) {
		return nil, fmt.Errorf("%s is not the source that the model was deployed with", path)
	}
	return source, nil
}

// instanceArg reads the number of an instance.
func instanceArg(text string) (uint64, error) {
	number, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, misusef("%q is no number of an instance", text)
	}
	return number, nil
}

// variablesArg reads the variables of a step: JSON, or @FILE.
func variablesArg(cmd *cobra.Command, args []string, place int) ([]byte, error) {
	if len(args) <= place {
		return nil, nil
	}
	if len(args[place]) > 1 && args[place][0] == '@' {
		return readFile(cmd, args[place][1:], maxInputFile)
	}
	return []byte(args[place]), nil
}

// everybody is the account of a task that is open to all.
var everybody = common.MaxAddress

// accountArg reads an account: an address, dev0, dev1, …, or everybody.
func accountArg(cmd *cobra.Command, text string) (common.Address, error) {
	if text == "everybody" {
		return everybody, nil
	}
	who, err := namedSender(cmd, text)
	if err != nil {
		return common.Address{}, misusef("%q is neither an address nor dev0, dev1, … nor everybody", text)
	}
	return who.address, nil
}

// accountName writes an account of a task or role.
func accountName(account common.Address) string {
	if account == everybody {
		return "everybody"
	}
	return addressOf(&account)
}

// sendToProcess sends a call of the contract. What a step takes may change until
// the block comes, for a timer that is set again in another second costs more: the
// limit is twice the estimate, and what is not used is not paid.
func sendToProcess(cmd *cobra.Command, contract *contracts.Contract, req client.Request) error {
	if !cmd.Flag("gas").Changed {
		from, err := findSender(cmd)
		if err != nil {
			return err
		}
		err = withNode(cmd, func(ctx context.Context, node *client.Client) error {
			gas, err := node.EstimateGas(ctx, ethereum.CallMsg{From: from.address, To: req.To, Value: req.ValueWei, Data: req.Data})
			if err != nil {
				return nil // transact says why, in its words
			}
			return cmd.Flags().Set("gas", strconv.FormatUint(min(2*gas, params.MaxTxGas), 10))
		})
		if err != nil {
			return err
		}
	}
	return refusedBy(contract, transact(cmd, req))
}
