package bind_test

import (
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contract/contracttest"
	"github.com/cybermiles/cybermiles/middleware/rules"
	"github.com/cybermiles/cybermiles/middleware/rules/bind"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
	"github.com/cybermiles/cybermiles/middleware/rules/workbench"
)

const example = "../../../solidity/rules-example/"

func target(t testing.TB) bind.Target {
	model, err := workbench.Compile(example + "pricing.dmn")
	require.NoError(t, err)
	require.Empty(t, model.Findings)
	return bind.Target{Model: model.Model, Hash: model.Hash, Decision: "Terms", Library: "Pricing", Decimals: 4,
		Scales: map[string]int{"Score": 0, "Amount": 2, "escrow days": 0}}
}

// The library of the example is what this package writes.
func TestExampleIsUpToDate(t *testing.T) {
	code, err := bind.Solidity(target(t))
	require.NoError(t, err)
	committed, err := os.ReadFile(example + "Pricing.sol")
	require.NoError(t, err)
	require.Equal(t, string(code), string(committed), "write it again with the command in docs/guides/rules.md")
}

func TestRefuses(t *testing.T) {
	for name, change := range map[string]func(*bind.Target){
		"no decision":    func(t *bind.Target) { t.Decision = "Nothing" },
		"an input":       func(t *bind.Target) { t.Decision = "Amount" },
		"decimals":       func(t *bind.Target) { t.Decimals = 19 },
		"negative scale": func(t *bind.Target) { t.Scales = map[string]int{"Amount": -1} },
		"library":        func(t *bind.Target) { t.Library = "a {} contract" },
	} {
		bad := target(t)
		change(&bad)
		_, err := bind.Solidity(bad)
		require.Error(t, err, name)
	}
}

// artifact is a compiled contract.
type artifact struct {
	ContractName     string
	ABI              abi.ABI
	DeployedBytecode hexutil.Bytes
}

// compile compiles sources with the repository's compiler.
func compile(t testing.TB, sources map[string]string) map[string]artifact {
	t.Helper()
	node, err := exec.LookPath("node")
	if _, missing := os.Stat(filepath.Join(example, "../node_modules/solc")); err != nil || missing != nil {
		t.Skip("Node.js or the Solidity compiler is missing: run `npm ci` in solidity/ to run this test")
	}
	input, err := json.Marshal(sources)
	require.NoError(t, err)
	run := exec.Command(node, "--input-type=module", "-e", compileScript)
	run.Dir = filepath.Join(example, "..")
	run.Stdin = strings.NewReader(string(input))
	output, err := run.CombinedOutput()
	require.NoError(t, err, string(output))
	var list map[string]artifact
	require.NoError(t, json.Unmarshal(output, &list), string(output))
	return list
}

const compileScript = `
import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
import { readInterface } from './interfaces.mjs'
const solc = createRequire(process.cwd() + '/')('solc')
const given = JSON.parse(readFileSync(0, 'utf8'))
const sources = Object.fromEntries(Object.entries(given).map(([name, content]) => [name, { content }]))
const settings = { ...JSON.parse(readFileSync('settings.json', 'utf8')), outputSelection: { '*': { '*': ['abi', 'evm.deployedBytecode.object'] } } }
const answer = JSON.parse(solc.compile(JSON.stringify({ language: 'Solidity', sources, settings }), { import: (path) => ({ contents: readInterface(path) }) }))
if (answer.errors?.length) { console.error(answer.errors.map((e) => e.formattedMessage).join('')); process.exit(1) }
const list = {}
for (const file of Object.values(answer.contracts)) for (const [name, c] of Object.entries(file)) list[name] = { contractName: name, abi: c.abi, deployedBytecode: '0x' + c.evm.deployedBytecode.object }
console.log(JSON.stringify(list))
`

var (
	shop  = common.HexToAddress("0x5409")
	alice = common.HexToAddress("0xa11ce")
)

func read(t testing.TB, path string) string {
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(content)
}

// input is Pricing.Input as the ABI packs it.
type input struct {
	Score       *big.Int
	SellerLevel string
	Category    string
	Country     string
	AmountE2    *big.Int
}

// TestMarketplaceAgreesWithTheModel places a thousand orders with the example's
// contract and compares each with what the model answers outside of the chain.
func TestMarketplaceAgreesWithTheModel(t *testing.T) {
	compiled := compile(t, map[string]string{"Marketplace.sol": read(t, example+"Marketplace.sol"), "Pricing.sol": read(t, example+"Pricing.sol"), "Risk.sol": read(t, example+"Risk.sol")})
	market := compiled["Marketplace"]
	r := rules.New(common.HexToAddress("0xc101"))
	chain := contracttest.New(t, r)
	chain.Deploy(shop, market.DeployedBytecode)
	model, err := workbench.Compile(example + "pricing.dmn")
	require.NoError(t, err)
	chain.Must(alice, r, nil, "deploy", model.Code)

	var gas uint64
	const orders = 1000
	for i := range orders {
		in := input{
			Score: big.NewInt(int64(300 + (i*37)%551)), SellerLevel: []string{"gold", "silver", "bronze"}[i%3],
			Category: []string{"electronics", "books", "toys"}[i/3%3], Country: []string{"US", "DE", "NZ"}[i/9%3], AmountE2: big.NewInt(int64(1 + (i*i*7919)%1_500_000)),
		}
		data, err := market.ABI.Pack("quote", in)
		require.NoError(t, err)
		result := chain.Do(contracttest.Call{From: alice, To: shop, Data: data})
		require.NoError(t, result.Err, "%x", result.Output)
		gas += result.GasUsed
		values, err := market.ABI.Unpack("quote", result.Output)
		require.NoError(t, err)
		text := fmt.Sprintf(`{"Score": %d, "Seller level": %q, "Category": %q, "Country": %q, "Amount": %d.%02d}`,
			in.Score, in.SellerLevel, in.Category, in.Country, in.AmountE2.Int64()/100, in.AmountE2.Int64()%100)
		inputs, err := model.Inputs("Terms", []byte(text))
		require.NoError(t, err)
		want, err := model.Evaluate("Terms", inputs, time.Unix(0, 0))
		require.NoError(t, err)
		terms := want.Value.(*feel.Context)
		got := fmt.Sprint(values[0])
		require.Equal(t, fmt.Sprintf("{%s %s %s %s}", plain(terms, "risk"), scaled(t, terms, "fee rate", 4),
			scaled(t, terms, "discount rate", 4), plain(terms, "escrow days")), got, text)
	}
	t.Logf("%d gas for a quote through the contract, without the transaction's own", gas/orders)
}

func plain(c *feel.Context, key string) string {
	v, _ := c.Get(key)
	return strings.Trim(feel.Text(v), `"`)
}

// scaled is a number of the result times a power of ten.
func scaled(t testing.TB, c *feel.Context, key string, digits int) string {
	whole, fraction, _ := strings.Cut(plain(c, key), ".")
	require.LessOrEqual(t, len(fraction), digits)
	text := strings.TrimLeft(whole+fraction+strings.Repeat("0", digits-len(fraction)), "0")
	if text == "" {
		return "0"
	}
	return text
}

// A model whose decision gives back what it gets, of every type that there is.
const mirror = `<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" namespace="test" name="mirror">
<itemDefinition name="tLine"><itemComponent name="item"><typeRef>string</typeRef></itemComponent>
<itemComponent name="prices" isCollection="true"><typeRef>number</typeRef></itemComponent></itemDefinition>
<itemDefinition name="tAll"><itemComponent name="n"><typeRef>number</typeRef></itemComponent>
<itemComponent name="s"><typeRef>string</typeRef></itemComponent><itemComponent name="b"><typeRef>boolean</typeRef></itemComponent>
<itemComponent name="d"><typeRef>date</typeRef></itemComponent><itemComponent name="t"><typeRef>time</typeRef></itemComponent>
<itemComponent name="dt"><typeRef>date and time</typeRef></itemComponent>
<itemComponent name="span"><typeRef>days and time duration</typeRef></itemComponent>
<itemComponent name="months"><typeRef>years and months duration</typeRef></itemComponent>
<itemComponent name="lines" isCollection="true"><typeRef>tLine</typeRef></itemComponent>
<itemComponent name="any"><typeRef>Any</typeRef></itemComponent></itemDefinition>
<inputData id="i" name="all"><variable name="all" typeRef="tAll"/></inputData>
<decision id="d" name="same"><variable name="same" typeRef="tAll"/>
<informationRequirement><requiredInput href="#i"/></informationRequirement>
<literalExpression><text>context put(all, "extra", [1, {a: @"2020-01-01"}, (1..2], "x", @"PT1S", true])</text></literalExpression></decision></definitions>`

const mirrorContract = `// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;
import {Mirror} from "Mirror.sol";
contract Test {
    function run(Mirror.Input memory input) external view returns (bytes memory sent, bytes memory back, Mirror.Output memory output) {
        output = Mirror.evaluate(input);
        sent = abi.encode(input.all);
        back = abi.encode(output);
    }
}`

// Every type goes from Solidity to the engine and back unharmed.
func TestEveryType(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mirror.dmn")
	require.NoError(t, os.WriteFile(path, []byte(mirror), 0o600))
	model, err := workbench.Compile(path)
	require.NoError(t, err)
	require.Empty(t, model.Findings)
	library, err := bind.Solidity(bind.Target{Model: model.Model, Hash: model.Hash, Decision: "same", Library: "Mirror", Decimals: 2})
	require.NoError(t, err)
	test := compile(t, map[string]string{"Mirror.sol": string(library), "Test.sol": mirrorContract})["Test"]
	r := rules.New(common.HexToAddress("0xc101"))
	chain := contracttest.New(t, r)
	chain.Deploy(shop, test.DeployedBytecode)
	chain.Must(alice, r, nil, "deploy", model.Code)

	type line struct {
		Item     string
		PricesE2 []*big.Int
	}
	type all struct {
		NE2          *big.Int
		S            string
		B            bool
		D            int64
		T            string
		Dt           int64
		Span, Months int64
		Lines        []line
		Any          []byte
	}
	for _, sample := range []all{
		{big.NewInt(-1999), "é\"", true, -1, "10:00:00Z", 1_600_000_000, -5, 14, []line{{"a", []*big.Int{big.NewInt(1), big.NewInt(-200)}}, {"", []*big.Int{}}}, []byte{3}},
		{big.NewInt(0), "", false, 20_000, "23:59:59.5", -86_400, 1 << 40, -1, []line{}, []byte{0x0b, 0, 0, 0, 1, 0}},
	} {
		data, err := test.ABI.Pack("run", struct{ All all }{sample})
		require.NoError(t, err)
		result := chain.Do(contracttest.Call{From: alice, To: shop, Data: data})
		require.NoError(t, result.Err, "%x", result.Output)
		values, err := test.ABI.Unpack("run", result.Output)
		require.NoError(t, err)
		require.Equal(t, hexutil.Encode(values[0].([]byte)), hexutil.Encode(values[1].([]byte)))
	}
	sample := all{big.NewInt(1), "", false, 0, "no time", 0, 0, 0, nil, []byte{0}}
	data, err := test.ABI.Pack("run", struct{ All all }{sample})
	require.NoError(t, err)
	require.Error(t, chain.Do(contracttest.Call{From: alice, To: shop, Data: data}).Err)
}

// A table of ten rules and three inputs through its binding: the whole function
// of a contract that calls it.
func TestSmallTableThroughABinding(t *testing.T) {
	var b strings.Builder
	b.WriteString(`<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" namespace="test" name="small">`)
	for _, in := range []string{"a", "b", "c"} {
		fmt.Fprintf(&b, `<inputData id="%s" name="%s"><variable name="%s" typeRef="number"/></inputData>`, in, in, in)
	}
	b.WriteString(`<decision id="d" name="Fee"><variable name="Fee" typeRef="number"/>`)
	for _, in := range []string{"a", "b", "c"} {
		fmt.Fprintf(&b, `<informationRequirement><requiredInput href="#%s"/></informationRequirement>`, in)
	}
	b.WriteString(`<decisionTable hitPolicy="FIRST">`)
	for _, in := range []string{"a", "b", "c"} {
		fmt.Fprintf(&b, `<input><inputExpression><text>%s</text></inputExpression></input>`, in)
	}
	b.WriteString(`<output name="Fee"/>`)
	for i := range 10 {
		fmt.Fprintf(&b, `<rule><inputEntry><text>[%d..%d)</text></inputEntry><inputEntry><text>&gt;= %d</text></inputEntry><inputEntry><text>-</text></inputEntry><outputEntry><text>0.0%d</text></outputEntry></rule>`, i*10, i*10+10, i, i)
	}
	b.WriteString(`</decisionTable></decision></definitions>`)
	path := filepath.Join(t.TempDir(), "small.dmn")
	require.NoError(t, os.WriteFile(path, []byte(b.String()), 0o600))
	model, err := workbench.Compile(path)
	require.NoError(t, err)
	library, err := bind.Solidity(bind.Target{Model: model.Model, Hash: model.Hash, Decision: "Fee", Decimals: 2})
	require.NoError(t, err)
	test := compile(t, map[string]string{"Small.sol": string(library), "Test.sol": `// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;
import {Small} from "Small.sol";
contract Test {
    function fee(int128 a, int128 b, int128 c) external view returns (int128) { return Small.evaluate(Small.Input(a, b, c)).feeE2; }
}`})["Test"]
	r := rules.New(common.HexToAddress("0xc101"))
	chain := contracttest.New(t, r)
	chain.Deploy(shop, test.DeployedBytecode)
	chain.Must(alice, r, nil, "deploy", model.Code)
	data, err := test.ABI.Pack("fee", big.NewInt(5500), big.NewInt(1000), big.NewInt(0))
	require.NoError(t, err)
	result := chain.Do(contracttest.Call{From: alice, To: shop, Data: data})
	require.NoError(t, result.Err, "%x", result.Output)
	require.EqualValues(t, 5, new(big.Int).SetBytes(result.Output).Int64())
	t.Logf("%d gas, without the transaction's own", result.GasUsed)
	require.LessOrEqual(t, result.GasUsed, uint64(25_000))
}
