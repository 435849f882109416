package bind_test

import (
	"context"
	"encoding/json"
	"flag"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/contract/contracttest"
	"github.com/cybermiles/cybermiles/middleware/rules"
	"github.com/cybermiles/cybermiles/middleware/rules/bind"
	mirrored "github.com/cybermiles/cybermiles/middleware/rules/bind/testdata/mirror"
	"github.com/cybermiles/cybermiles/middleware/rules/bind/testdata/pricing"
	"github.com/cybermiles/cybermiles/middleware/rules/bind/testdata/risk"
	"github.com/cybermiles/cybermiles/middleware/rules/bind/typed"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/calendar"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/decimal"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
	"github.com/cybermiles/cybermiles/middleware/rules/wire"
	"github.com/cybermiles/cybermiles/middleware/rules/workbench"
)

var update = flag.Bool("update", false, "write the committed bindings again")

// benchmark is where the model that `cybermiles bench --workload rules` asks is.
const benchmark = "../../../bench/contract/"

func feesModel(t testing.TB) *workbench.Model {
	model, err := workbench.Compile(benchmark + "Fees.dmn")
	require.NoError(t, err)
	return model
}

func feesTarget(t testing.TB) bind.Target {
	model := feesModel(t)
	return bind.Target{Model: model.Model, Hash: model.Hash, Decision: "Fee", Library: "Fees", Scales: map[string]int{"Fee": 2}}
}

func riskTarget(t testing.TB) (bind.RuleTarget, *workbench.RuleSet) {
	set, err := workbench.CompileRules(example + "risk.rules")
	require.NoError(t, err)
	return bind.RuleTarget{Rules: set.Model, Hash: set.Hash, Name: "risk", Scales: map[string]int{"amount": 2}}, set
}

func mirrorTarget(t testing.TB) (bind.Target, *workbench.Model) {
	path := filepath.Join(t.TempDir(), "mirror.dmn")
	require.NoError(t, os.WriteFile(path, []byte(mirror), 0o600))
	model, err := workbench.Compile(path)
	require.NoError(t, err)
	return bind.Target{Model: model.Model, Hash: model.Hash, Decision: "same"}, model
}

// What is committed is what this package writes; -update writes it again.
func TestCommittedBindings(t *testing.T) {
	riskRules, _ := riskTarget(t)
	mirrorModel, _ := mirrorTarget(t)
	prices := target(t)
	prices.Library = "pricing"
	for path, write := range map[string]func() ([]byte, error){
		benchmark + "Fees.sol":        func() ([]byte, error) { return bind.Solidity(feesTarget(t)) },
		benchmark + "Fees.model.hex":  func() ([]byte, error) { return []byte(hexutil.Encode(feesModel(t).Code)[2:] + "\n"), nil },
		example + "Risk.sol":          func() ([]byte, error) { return bind.RulesSolidity(riskRules) },
		"testdata/risk/risk.go":       func() ([]byte, error) { return bind.RulesGo(riskRules) },
		"testdata/pricing/pricing.go": func() ([]byte, error) { return bind.Go(prices) },
		"testdata/mirror/mirror.go":   func() ([]byte, error) { return bind.Go(mirrorModel) },
	} {
		code, err := write()
		require.NoError(t, err, path)
		if *update {
			require.NoError(t, os.WriteFile(path, code, 0o644))
		}
		committed, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, string(code), string(committed), "%s: run go test ./middleware/rules/bind -run Committed -update", path)
	}
}

// chain answers calls as an RPC client does.
type chain struct{ *contracttest.Chain }

func (c chain) CallContract(_ context.Context, call ethereum.CallMsg, _ *big.Int) ([]byte, error) {
	result := c.Do(contracttest.Call{From: alice, To: *call.To, Data: call.Data})
	return result.Output, result.Err
}

func newChain(t testing.TB, models ...[]byte) (chain, contract.Contract) {
	r := rules.New(common.HexToAddress("0x000000000000000000000000000000000000c101"))
	c := contracttest.New(t, r)
	for _, model := range models {
		c.Must(alice, r, nil, "deploy", model)
	}
	return chain{c}, r
}

func number(t testing.TB, text string) decimal.Decimal {
	d, ok := decimal.Parse(text)
	require.True(t, ok, text)
	return d
}

func TestGoDecision(t *testing.T) {
	model, err := workbench.Compile(example + "pricing.dmn")
	require.NoError(t, err)
	c, _ := newChain(t, model.Code)
	terms, err := pricing.Evaluate(t.Context(), c, pricing.Input{
		Score: number(t, "700"), SellerLevel: "gold", Category: "electronics", Country: "DE", Amount: number(t, "1200"),
	})
	require.NoError(t, err)
	require.Equal(t, "low 0.015 0.05 3", strings.Join([]string{terms.Risk, terms.FeeRate.String(), terms.DiscountRate.String(), terms.EscrowDays.String()}, " "))
	_, err = pricing.Unpack([]byte{0})
	require.ErrorIs(t, err, typed.ErrNoResult)
	_, err = pricing.Unpack([]byte{3})
	require.ErrorIs(t, err, typed.ErrType)
	_, err = pricing.Unpack(nil)
	require.Error(t, err)
}

// Every type goes from Go to the engine and back unharmed.
func TestGoEveryType(t *testing.T) {
	_, model := mirrorTarget(t)
	c, _ := newChain(t, model.Code)
	at, _ := calendar.ParseTime("23:59:59.5")
	moment, _ := calendar.ParseDateTime("2026-01-31T10:00:00.25@Europe/Paris")
	day, _ := calendar.NewDate(1969, 12, 31)
	all := mirrored.TAll{
		N: number(t, "-19.99"), S: "é\"", B: true, D: day, T: at, Dt: moment, Span: calendar.Duration{Seconds: -5, Nanos: 7}, Months: 14,
		Lines: []mirrored.TLine{{Item: "a", Prices: []decimal.Decimal{number(t, "1"), number(t, "1E-30")}}, {Item: "", Prices: []decimal.Decimal{}}},
		Any:   feel.List{feel.Int(1), feel.Boolean(true)},
	}
	got, err := mirrored.Evaluate(t.Context(), c, mirrored.Input{All: all})
	require.NoError(t, err)
	back := mirrored.TAll(got)
	require.Equal(t, encoded(t, all), encoded(t, back))
}

func encoded(t testing.TB, all mirrored.TAll) string {
	data, err := mirrored.Input{All: all}.Pack()
	require.NoError(t, err)
	return hexutil.Encode(data)
}

// A session is filled, fired and listed through the Go binding.
func TestGoSession(t *testing.T) {
	_, set := riskTarget(t)
	c, r := newChain(t, set.Code)
	send := func(data []byte, err error) []byte {
		t.Helper()
		require.NoError(t, err)
		result := c.Do(contracttest.Call{From: alice, To: r.Address(), Data: data})
		require.NoError(t, result.Err, "%s", c.Reason(r, result))
		return result.Output
	}
	orders := []risk.Fact{
		risk.Order{Id: number(t, "1"), Customer: number(t, "7"), Amount: number(t, "999.99"), Country: "US"},
		risk.Order{Id: number(t, "2"), Customer: number(t, "7"), Amount: number(t, "900"), Country: "US"},
		risk.Order{Id: number(t, "3"), Customer: number(t, "7"), Amount: number(t, "950"), Country: "US"},
		risk.Order{Id: number(t, "4"), Customer: number(t, "7"), Amount: number(t, "20"), Country: "NZ"},
	}
	send(risk.Open(), nil)
	send(risk.Insert(1, orders...))
	send(risk.Fire(1, 0), nil)
	flags, err := risk.QueryFlag(t.Context(), c, 1)
	require.NoError(t, err)
	require.Len(t, flags, 3)
	watched, err := risk.QueryWatch(t.Context(), c, 1)
	require.NoError(t, err)
	require.Len(t, watched, 1)
	require.True(t, watched[0].Logical)
	require.Equal(t, "7 3", watched[0].Fact.Customer.String()+" "+watched[0].Fact.Flags.String())
	listed, err := risk.QueryOrder(t.Context(), c, 1)
	require.NoError(t, err)
	require.Len(t, listed, 4)
	require.Equal(t, "999.99", listed[0].Fact.Amount.String())
	send(risk.Update(1, listed[3].ID, risk.Order{Id: number(t, "4"), Customer: number(t, "8"), Amount: number(t, "20"), Country: "NZ"}))

	ran, err := risk.Run(t.Context(), c, orders...)
	require.NoError(t, err)
	require.Len(t, ran.Results, 3)
	result, err := risk.UnpackSuspiciousResult(ran.Results[0].Fields)
	require.NoError(t, err)
	require.Equal(t, "split payment", result.Reason)
	_, err = risk.UnpackFlag([]byte{0, 0})
	require.Error(t, err)
}

// typescript compiles a binding and runs a script against it; the test is skipped
// without Node.js and the compiler of client/ts.
func typescript(t *testing.T, code []byte, script string, args ...string) string {
	t.Helper()
	node, err := exec.LookPath("node")
	tsc, _ := filepath.Abs("../../../client/ts/node_modules/typescript/bin/tsc")
	if _, missing := os.Stat(tsc); err != nil || missing != nil {
		t.Skip("Node.js or the TypeScript compiler is missing: run `npm ci` in client/ts to run this test")
	}
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "binding.ts"), code, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "package.json"), []byte(`{"type": "module"}`), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "run.mjs"), []byte(script), 0o600))
	compile := exec.Command(node, tsc, "--strict", "--noUncheckedIndexedAccess", "--target", "es2022", "--lib", "es2022,dom", "--module", "nodenext", "binding.ts")
	compile.Dir = dir
	output, err := compile.CombinedOutput()
	require.NoError(t, err, "%s", output)
	run := exec.Command(node, append([]string{"run.mjs"}, args...)...)
	run.Dir = dir
	output, err = run.CombinedOutput()
	require.NoError(t, err, "%s", output)
	return strings.TrimSpace(string(output))
}

func TestTypeScriptDecision(t *testing.T) {
	code, err := bind.TypeScript(target(t))
	require.NoError(t, err)
	model, err := workbench.Compile(example + "pricing.dmn")
	require.NoError(t, err)
	packed := typescript(t, code, `import { pack } from './binding.js'
console.log(pack({ score: 700, sellerLevel: 'gold', category: 'electronics', country: 'DE', amount: '1200.00' }))`)
	inputs, err := wire.Decode(hexutil.MustDecode(packed))
	require.NoError(t, err)
	result, err := model.Evaluate("Terms", inputs.(*feel.Context), time.Unix(0, 0))
	require.NoError(t, err)
	output, err := wire.Encode(result.Value, nil)
	require.NoError(t, err)
	text := typescript(t, code, `import { evaluate, NoResult, unpack } from './binding.js'
const chain = { readContract: async ({ address, functionName, args }) => {
  if (address !== '0x000000000000000000000000000000000000c101' || functionName !== 'evaluate' || args[1] !== 'Terms') throw new Error('wrong call')
  return process.argv[2]
} }
try { unpack('0x00'); process.exit(1) } catch (e) { if (!(e instanceof NoResult)) throw e }
console.log(JSON.stringify(await evaluate(chain, { score: 1, sellerLevel: '', category: '', country: '', amount: 5n })))`, hexutil.Encode(output))
	require.JSONEq(t, `{"risk": "low", "feeRate": "0.015", "discountRate": "0.05", "escrowDays": "3"}`, text)
}

// Every type goes from TypeScript to the engine and back unharmed.
func TestTypeScriptEveryType(t *testing.T) {
	mirrorModel, model := mirrorTarget(t)
	code, err := bind.TypeScript(mirrorModel)
	require.NoError(t, err)
	const value = `const all = { n: '-19.99', s: 'é"', b: true, d: '1969-12-31', t: '23:59:59.5', dt: '2026-01-31T10:00:00Z', span: { seconds: -5n, nanos: 7 }, months: 14,
  lines: [{ item: 'a', prices: ['1', '0.000000000000000000000000000001', '1000'] }, { item: '', prices: [] }], any: '0x0b0000000104' }
`
	packed := typescript(t, code, "import { pack } from './binding.js'\n"+value+"console.log(pack({ all }))")
	inputs, err := wire.Decode(hexutil.MustDecode(packed))
	require.NoError(t, err)
	result, err := model.Evaluate("same", inputs.(*feel.Context), time.Unix(0, 0))
	require.NoError(t, err)
	output, err := wire.Encode(result.Value, nil)
	require.NoError(t, err)
	typescript(t, code, "import { unpack } from './binding.js'\nimport { deepStrictEqual } from 'node:assert'\n"+value+"deepStrictEqual(unpack(process.argv[2]), all)", hexutil.Encode(output))
}

func TestTypeScriptRules(t *testing.T) {
	rulesTarget, set := riskTarget(t)
	code, err := bind.RulesTypeScript(rulesTarget)
	require.NoError(t, err)
	packed := typescript(t, code, `import { packOrder } from './binding.js'
console.log(packOrder({ id: 1, customer: 7n, amount: '999.99', country: 'US' }))`)
	facts, err := set.Facts([]byte(`[{"Order": {"id": 1, "customer": 7, "amount": 999.99, "country": "US"}}]`))
	require.NoError(t, err)
	want, err := workbench.Pack(facts[0])
	require.NoError(t, err)
	require.Equal(t, hexutil.Encode(want), packed)
	fields, err := wire.Encode(feel.NewContext(feel.Entry{Key: "order", Value: feel.Int(4)}, feel.Entry{Key: "customer", Value: feel.Int(7)}, feel.Entry{Key: "reason", Value: feel.String("x")}), nil)
	require.NoError(t, err)
	text := typescript(t, code, `import { queryOrder, unpackSuspiciousResult } from './binding.js'
const pages = { 0: [[{ id: 3n, template: 0, logical: false, slots: process.argv[2] }], 9n], 9: [[], 0n] }
const chain = { readContract: async ({ args }) => pages[args[2]] }
const [stored] = await queryOrder(chain, 1n)
console.log(JSON.stringify({ fact: stored.fact, result: unpackSuspiciousResult(process.argv[3]) }))`, "0x"+packed[6:], hexutil.Encode(fields))
	require.JSONEq(t, `{"fact": {"id": "1", "customer": "7", "amount": "999.99", "country": "US"}, "result": {"order": "4", "customer": "7", "reason": "x"}}`, text)
	require.True(t, json.Valid([]byte(text)))
}

// Whatever bytes come back, the Go bindings read or refuse them.
func FuzzUnpack(f *testing.F) {
	f.Add([]byte{0x0c, 0, 0})
	f.Add([]byte{0x01, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7})
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _ = pricing.Unpack(data)
		_, _ = mirrored.Unpack(data)
		_, _ = risk.UnpackSuspiciousResult(data)
		if order, err := risk.UnpackOrder(data); err == nil {
			packed, err := order.Pack()
			require.NoError(t, err)
			again, err := risk.UnpackOrder(packed[2:])
			require.NoError(t, err)
			require.Equal(t, order.Country, again.Country)
		}
	})
}
