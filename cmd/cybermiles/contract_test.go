package main

import (
	"bytes"
	"encoding/json"
	"math/big"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/client/contracts"
	market "github.com/cybermiles/cybermiles/contract/generate/testdata/client/contracts"
)

// exampleCommand is the program with the words of the generator's example
// contract, against a node that gives one answer.
func exampleCommand(t *testing.T, answer *answers) *cobra.Command {
	t.Helper()
	content, err := os.ReadFile("../../contract/generate/testdata/client/contracts/contracts.json")
	require.NoError(t, err)
	list, err := contracts.Parse(content)
	require.NoError(t, err)
	root := newRootCommand()
	cmd := newContractCommand(list[0])
	cmd.GroupID = groupContract
	root.AddCommand(cmd)
	markMisuse(root)
	server := rpc.NewServer()
	require.NoError(t, server.RegisterName("eth", answer))
	web := httptest.NewServer(server)
	t.Cleanup(web.Close)
	require.NoError(t, root.PersistentFlags().Set("url", web.URL))
	return root
}

// answers is a node's eth namespace as far as calls need it.
type answers struct {
	output []byte
	err    error
	asked  map[string]any
}

func (a *answers) Call(call map[string]any, _ any) (hexutil.Bytes, error) {
	a.asked = call
	return a.output, a.err
}

func (a *answers) ChainId() *hexutil.Big { return (*hexutil.Big)(big.NewInt(18)) }

func (a *answers) EstimateGas(call map[string]any) (hexutil.Uint64, error) {
	a.asked = call
	return 0, a.err
}

func (a *answers) GetTransactionCount(common.Address, string) hexutil.Uint64 { return 0 }

// refusal is a revert as nodes answer it.
type refusal struct{ data []byte }

func (r refusal) Error() string  { return "execution reverted" }
func (r refusal) ErrorCode() int { return 3 }
func (r refusal) ErrorData() any { return hexutil.Encode(r.data) }

func runExample(t *testing.T, answer *answers, args ...string) (string, error) {
	t.Helper()
	root := exampleCommand(t, answer)
	var out bytes.Buffer
	root.SetOut(&out)
	root.SetErr(&out)
	root.SetArgs(append([]string{"market"}, args...))
	err := root.ExecuteContext(t.Context())
	return out.String(), err
}

func exampleABI(t *testing.T) *abi.ABI {
	t.Helper()
	parsed, err := market.MarketMetaData.ParseABI()
	require.NoError(t, err)
	return parsed
}

var somebody = common.HexToAddress("0x70997970C51812dc3A010C7d01b50e0d17dc79C8")

func TestContractTable(t *testing.T) {
	parsed := exampleABI(t)
	stalls := []market.MarketStall{
		{Id: 1, Owner: somebody, RentWei: big.NewInt(15e17), PaidUntil: 1893456000, FeeBps: 250, State: 1, Name: "fruit"},
		{Id: 12, Owner: somebody, RentWei: new(big.Int), Name: "empty"},
	}
	output, err := parsed.Methods["stalls"].Outputs.Pack(stalls, big.NewInt(2))
	require.NoError(t, err)
	node := &answers{output: output}
	text, err := runExample(t, node, "stalls", "--from-arg", "1", "--limit", "10")
	require.NoError(t, err)
	require.Equal(t, `total  2

list:
id  owner                                       rent     paid until               fee    state  name
1   0x70997970C51812dc3A010C7d01b50e0d17dc79C8  1.5 CMT  2030-01-01 00:00:00 UTC  2.5 %  Open   fruit
12  0x70997970C51812dc3A010C7d01b50e0d17dc79C8  0 CMT    -                        0 %    Free   empty
`, text)
	want, err := parsed.Pack("stalls", uint64(1), uint64(10))
	require.NoError(t, err)
	require.Equal(t, hexutil.Encode(want), node.asked["input"])

	text, err = runExample(t, node, "stalls", "--from-arg", "1", "--limit", "10", "--output", "json")
	require.NoError(t, err)
	var object struct {
		Total string
		List  []map[string]any
	}
	require.NoError(t, json.Unmarshal([]byte(text), &object))
	require.Equal(t, "2", object.Total)
	require.Equal(t, "1500000000000000000", object.List[0]["rentWei"])
	require.Equal(t, "Free", object.List[1]["state"])
}

func TestContractSingleAnswers(t *testing.T) {
	parsed := exampleABI(t)
	for word, c := range map[string]struct {
		args   []string
		method string
		values []any
		text   string
		json   string
	}{
		"clock-mode": {nil, "CLOCK_MODE", []any{"mode=timestamp"}, "mode=timestamp\n", `"mode=timestamp"`},
		"keepers":    {nil, "keepers", []any{[]common.Address{somebody, {}}}, somebody.Hex() + "\n0x0000000000000000000000000000000000000000\n", `["` + somebody.Hex() + `","0x0000000000000000000000000000000000000000"]`},
		"takings":    {[]string{"--owner", somebody.Hex()}, "takings", []any{big.NewInt(5e17), uint64(0)}, "amount          0.5 CMT\nlast sale time  -\n", `{"amountWei":"500000000000000000","lastSaleTime":"0"}`},
		"stall": {[]string{"--id", "3"}, "stall", []any{market.MarketStall{Id: 3, RentWei: new(big.Int), State: 2, Name: "x"}},
			"id          3\nowner       0x0000000000000000000000000000000000000000\nrent        0 CMT\npaid until  -\nfee         0 %\nstate       Closed\nname        x\n", ""},
	} {
		output, err := parsed.Methods[c.method].Outputs.Pack(c.values...)
		require.NoError(t, err)
		text, err := runExample(t, &answers{output: output}, append([]string{word}, c.args...)...)
		require.NoError(t, err, word)
		require.Equal(t, c.text, text, word)
		if c.json == "" {
			continue
		}
		text, err = runExample(t, &answers{output: output}, append([]string{word, "-o", "json"}, c.args...)...)
		require.NoError(t, err, word)
		require.JSONEq(t, c.json, text, word)
	}
	output, err := parsed.Methods["keepers"].Outputs.Pack([]common.Address{})
	require.NoError(t, err)
	text, err := runExample(t, &answers{output: output}, "keepers")
	require.NoError(t, err)
	require.Equal(t, "(none)\n", text)
}

func TestContractTransaction(t *testing.T) {
	parsed := exampleABI(t)
	selector := parsed.Errors["RentTooLow"].ID
	packed, err := parsed.Errors["RentTooLow"].Inputs.Pack(big.NewInt(1e18), big.NewInt(2e18))
	require.NoError(t, err)
	node := &answers{err: refusal{append(selector[:4:4], packed...)}}
	_, err = runExample(t, node, "rent", "--id", "7", "--name", "fruit", "--value", "1cmt", "--from", "dev0", "--fee-cap", "1gwei", "--tip", "1wei")
	require.EqualError(t, err, "The rent is too low; send at least the rent of one day (RentTooLow: sent 1 CMT, rent 2 CMT)")
	want, err := parsed.Pack("rent", uint64(7), "fruit")
	require.NoError(t, err)
	require.Equal(t, hexutil.Encode(want), node.asked["input"])
	require.Equal(t, "0xde0b6b3a7640000", node.asked["value"])
	require.Equal(t, strings.ToLower(market.MarketAddress.Hex()), node.asked["to"])
}

func TestContractMisuse(t *testing.T) {
	for _, c := range []struct {
		args []string
		hint string
	}{
		{[]string{"stall"}, "--id is missing\nusage: cybermiles market stall --id UINT64"},
		{[]string{"stall", "--id", "x"}, "id: bad argument"},
		{[]string{"stall", "--id", "1", "extra"}, "unknown command"},
		{[]string{"stall", "--id", "1", "--block", "never"}, "--block"},
		{[]string{"stall", "--id", "1", "--from", "me"}, "--from"},
		{[]string{"stall", "--id", "1", "--value", "1cmt"}, "unknown flag: --value"},
		{[]string{"rent", "--id", "1", "--name", "x", "--value", "10"}, "--value: not an amount: \"10\" has no unit; write 10cmt"},
		{[]string{"rent", "--id", "1", "--name", "@missing"}, "--name: open missing"},
		{[]string{"stals"}, "did you mean stall"},
	} {
		_, err := runExample(t, &answers{}, c.args...)
		require.ErrorContains(t, err, c.hint, "%v", c.args)
		require.ErrorAs(t, err, new(*misuse), "%v", c.args)
	}
	_, err := runExample(t, &answers{}, "stall", "--id", "1")
	require.ErrorContains(t, err, "not active on this chain")
	_, err = runExample(t, &answers{output: []byte{1}}, "stall", "--id", "1")
	require.ErrorIs(t, err, contracts.ErrAnswer)
}

func TestContractReadsTextFromFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "name")
	require.NoError(t, os.WriteFile(path, []byte("from a file"), 0o600))
	node := &answers{err: refusal{}}
	_, err := runExample(t, node, "rent", "--id", "1", "--name", "@"+path, "--from", "dev0", "--fee-cap", "1gwei", "--tip", "1wei")
	require.ErrorContains(t, err, "without giving a reason")
	want, err := exampleABI(t).Pack("rent", uint64(1), "from a file")
	require.NoError(t, err)
	require.Equal(t, hexutil.Encode(want), node.asked["input"])
}

func TestContractHelp(t *testing.T) {
	root := exampleCommand(t, &answers{})
	cmd, _, err := root.Find([]string{"market", "rent"})
	require.NoError(t, err)
	require.Equal(t, "Rents a stall with what is sent along", cmd.Short)
	require.Contains(t, cmd.Long, "The rent is kept for whole days; the rest is sent back.")
	require.Contains(t, cmd.Long, "paid until  time  when the rent runs out")
	require.Contains(t, cmd.Flags().FlagUsages(), "--value amount")
	var words []string
	for _, child := range cmd.Parent().Commands() {
		words = append(words, child.Name())
	}
	require.True(t, slices.IsSorted(words), "%v", words)
	require.Contains(t, words, "close-id")
}

func TestValidatorsTable(t *testing.T) {
	contract, known := contracts.At(contracts.StakingAddress)
	require.True(t, known)
	list := []contracts.StakingValidator{
		{Id: 2, Moniker: "big", Status: 2, Power: 75, StakeWei: big.NewInt(3e18), SelfStakeWei: big.NewInt(1e18), CommissionBps: 1050, Owner: somebody},
		{Id: 1, Moniker: "a\x1b[2J", Status: 9, Power: 25, StakeWei: big.NewInt(1e18), SelfStakeWei: new(big.Int), MissedBlocks: 4},
		{Id: 3, Moniker: "late", StakeWei: big.NewInt(1), SelfStakeWei: big.NewInt(1)},
	}
	var out bytes.Buffer
	printValidators(&out, contract, list)
	require.Equal(t, `no  moniker     status     power   stake                     self-stake                commission  missed  owner
2   big         Active     75.0 %  3 CMT                     1 CMT                     10.50 %     0       0x70997970C51812dc3A010C7d01b50e0d17dc79C8
1   "a\x1b[2J"  9          25.0 %  1 CMT                     0 CMT                     0.00 %      4       0x0000000000000000000000000000000000000000
3   late        Candidate  -       0.000000000000000001 CMT  0.000000000000000001 CMT  0.00 %      0       0x0000000000000000000000000000000000000000
`, out.String())
	require.Equal(t, "Active", validatorResults(contract, list)[0].Status)
}

// A contract's word must not hide another command.
func TestContractWordsAreFree(t *testing.T) {
	seen := map[string]bool{}
	for _, cmd := range newRootCommand().Commands() {
		require.False(t, seen[cmd.Name()], cmd.Name())
		seen[cmd.Name()] = true
	}
}

// TestSystemMethodsAreNoWords: what only the chain itself may call is not
// offered to people.
func TestSystemMethodsAreNoWords(t *testing.T) {
	hidden := 0
	for i, cmd := range contractCommands() {
		for _, method := range contracts.All()[i].Methods {
			offered := slices.ContainsFunc(cmd.Commands(), func(c *cobra.Command) bool { return c.Name() == method.Word })
			require.Equal(t, method.System == "", offered, "%s %s", cmd.Name(), method.Word)
			if !offered {
				hidden++
			}
		}
	}
	require.Positive(t, hidden)
}
