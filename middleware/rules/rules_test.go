package rules

import (
	"os"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contract/contracttest"
	"github.com/cybermiles/cybermiles/middleware/models"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/decimal"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/dmn/compiler"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
	"github.com/cybermiles/cybermiles/middleware/rules/wire"
)

var (
	address = common.HexToAddress("0xc101")
	alice   = common.Address{0xa1}
	bob     = common.Address{0xb0}
)

// compileFile compiles a model without findings.
func compileFile(t testing.TB, path string) []byte {
	t.Helper()
	source, err := os.ReadFile(path)
	require.NoError(t, err)
	return compileText(t, source)
}

func compileText(t testing.TB, source []byte) []byte {
	t.Helper()
	model, findings, err := compiler.Compile(compiler.Options{Strict: true}, compiler.Source{Name: "model.dmn", XML: source})
	require.NoError(t, err)
	require.Empty(t, findings)
	return model.Encode()
}

const pricing = "../../solidity/rules-example/pricing.dmn"

func number(t testing.TB, text string) feel.Value {
	d, ok := decimal.Parse(text)
	require.True(t, ok)
	return feel.Number{Decimal: d}
}

func pack(t testing.TB, entries ...feel.Entry) []byte {
	t.Helper()
	data, err := wire.Encode(feel.NewContext(entries...), nil)
	require.NoError(t, err)
	return data
}

func order(t testing.TB, level string, score, amount int) []byte {
	return pack(t, feel.Entry{Key: "Score", Value: feel.Int(score)}, feel.Entry{Key: "Seller level", Value: feel.String(level)},
		feel.Entry{Key: "Category", Value: feel.String("electronics")}, feel.Entry{Key: "Country", Value: feel.String("DE")},
		feel.Entry{Key: "Amount", Value: feel.Int(amount)})
}

func text(t testing.TB, output []byte) string {
	t.Helper()
	v, err := wire.Decode(output)
	require.NoError(t, err)
	return feel.Text(v)
}

func deployed(t testing.TB) (*Rules, *contracttest.Chain, common.Hash) {
	r := New(address)
	chain := contracttest.New(t, r)
	hash := chain.Must(alice, r, nil, "deploy", compileFile(t, pricing))[0].(common.Hash)
	return r, chain, hash
}

func TestEvaluate(t *testing.T) {
	r, chain, model := deployed(t)
	terms := text(t, contracttest.View[[]byte](chain, r, "evaluate", model, "Terms", order(t, "gold", 700, 1200)))
	require.Equal(t, `{risk: "low", fee rate: 0.015, discount rate: 0.05, escrow days: 3}`, terms)
	require.Equal(t, `"high"`, text(t, contracttest.View[[]byte](chain, r, "evaluate", model, "Risk", order(t, "gold", 500, 1))))
	batch := contracttest.View[[][]byte](chain, r, "evaluateBatch", model, "Escrow days",
		[][]byte{order(t, "gold", 700, 5), order(t, "silver", 700, 5), order(t, "bronze", 600, 5), order(t, "gold", 300, 5)})
	var days []string
	for _, output := range batch {
		days = append(days, text(t, output))
	}
	require.Equal(t, []string{"3", "7", "14", "30"}, days)
	missing := contracttest.View[[]byte](chain, r, "evaluate", model, "Terms", pack(t))
	require.Equal(t, `{risk: "medium", fee rate: 0.06, discount rate: 0, escrow days: 14}`, text(t, missing), "what is missing is null")
}

func TestEvaluateRefuses(t *testing.T) {
	r, chain, model := deployed(t)
	fails := func(reason string, inputs ...any) { chain.Fails(alice, r, nil, reason, "evaluate", inputs...) }
	fails("NotDeployed", common.Hash{1}, "Terms", pack(t))
	fails("NotDeployed", common.Hash{}, "Terms", pack(t))
	fails("UnknownDecision", model, "Amount", pack(t))
	fails("UnknownDecision", model, "Nothing", pack(t))
	fails("BadInput", model, "Terms", []byte{})
	fails("BadInput", model, "Terms", []byte{3})
	fails("BadInput", model, "Terms", append(pack(t), 0))
	fails("UnknownInput[Nothing]", model, "Terms", pack(t, feel.Entry{Key: "Nothing"}))
	fails("UnknownInput[Risk]", model, "Terms", pack(t, feel.Entry{Key: "Risk", Value: feel.String("low")}))
	chain.Fails(alice, r, nil, "BadInput[1]", "evaluateBatch", model, "Terms", [][]byte{pack(t), {1}})
}

func TestDeploy(t *testing.T) {
	r, chain, model := deployed(t)
	require.True(t, contracttest.View[bool](chain, r, "isDeployed", model))
	require.False(t, contracttest.View[bool](chain, r, "isDeployed", common.Hash{9}))
	content := compileFile(t, pricing)
	require.Equal(t, append([]byte{0xfe}, content...), chain.DB.GetCode(common.BytesToAddress(model[:])))
	again := chain.Try(bob, r, nil, "deploy", content)
	require.NoError(t, again.Err)
	require.Empty(t, again.Logs, "a model is stored once")
	chain.Fails(alice, r, nil, "BadModel", "deploy", []byte{})
	for i := range content { // no byte may be lost
		if i%37 == 0 {
			chain.Fails(alice, r, nil, "BadModel", "deploy", content[:i])
		}
	}
}

func TestAnAddressThatIsTaken(t *testing.T) {
	r := New(address)
	chain := contracttest.New(t, r)
	content := compileFile(t, pricing)
	hash := blobHash(chain.Open(r), content)
	chain.Deploy(common.BytesToAddress(hash[:]), []byte{0x00})
	chain.Fails(alice, r, nil, "AddressTaken", "deploy", content)
}

func TestNames(t *testing.T) {
	r, chain, first := deployed(t)
	second := chain.Must(bob, r, nil, "deploy", compileText(t, []byte(greeting)))[0].(common.Hash)
	require.EqualValues(t, 1, chain.Must(alice, r, nil, "publish", "shop/pricing", first)[0])
	chain.Fails(bob, r, nil, "NotOwner", "publish", "shop/pricing", second)
	chain.Fails(alice, r, nil, "NotDeployed", "publish", "shop/pricing", common.Hash{7})
	for _, name := range []string{"", "A", "a b", "é", string(make([]byte, 65))} {
		chain.Fails(alice, r, nil, "BadName", "publish", name, first)
	}
	require.EqualValues(t, 2, chain.Must(alice, r, nil, "publish", "shop/pricing", second)[0])
	newest := chain.Must(alice, r, nil, "resolve", "shop/pricing")
	require.Equal(t, []any{alice, uint64(2), second}, newest)
	require.EqualValues(t, first, contracttest.View[common.Hash](chain, r, "versionOf", "shop/pricing", uint64(1)), "a version never changes")
	for _, version := range []uint64{0, 3} {
		chain.Fails(alice, r, nil, "NoSuchVersion", "versionOf", "shop/pricing", version)
	}
	answer := chain.Must(bob, r, nil, "evaluateNamed", "shop/pricing", "Greeting", pack(t, feel.Entry{Key: "Name", Value: feel.String("Ann")}))
	require.Equal(t, `"Hello Ann"`, text(t, answer[0].([]byte)))
	require.EqualValues(t, second, answer[1])
	chain.Fails(bob, r, nil, "NoSuchVersion", "evaluateNamed", "none", "Greeting", pack(t))
	chain.Fails(bob, r, nil, "NotOwner", "transferName", "shop/pricing", bob)
	chain.Fails(alice, r, nil, "zero address", "transferName", "shop/pricing", common.Address{})
	chain.Must(alice, r, nil, "transferName", "shop/pricing", bob)
	require.EqualValues(t, 3, chain.Must(bob, r, nil, "publish", "shop/pricing", first)[0])
	chain.Fails(alice, r, nil, "NotOwner", "publish", "shop/pricing", first)
}

func TestExplain(t *testing.T) {
	r, chain, model := deployed(t)
	answer := chain.Must(alice, r, nil, "explain", model, "Escrow days", order(t, "silver", 600, 50))
	require.Equal(t, "14", text(t, answer[0].([]byte)))
	ctx := chain.Open(r)
	_, steps, err := r.explain(ctx, model, "Escrow days", order(t, "silver", 600, 50))
	require.NoError(t, err)
	require.Len(t, steps, 4)
	require.Equal(t, []uint32{3}, steps[0].Matched)
	require.Equal(t, `"medium"`, text(t, steps[1].Value))
	require.Equal(t, []uint32{3}, steps[2].Matched)
	require.Equal(t, "Escrow days", steps[3].Element)
}

func TestGenesis(t *testing.T) {
	r, chain, model := deployed(t)
	chain.Must(alice, r, nil, "publish", "pricing", model)
	chain.Must(alice, r, nil, "transferName", "pricing", bob)
	exported := r.Export(chain.Open(r))
	other := contracttest.New(t, r)
	require.NoError(t, r.Begin(other.Open(r), exported))
	require.Equal(t, exported, r.Export(other.Open(r)))
	require.Equal(t, []models.Name{{Name: "pricing", Owner: bob, Models: []common.Hash{model}}}, exported.Names)
	for name, bad := range map[string]Genesis{
		"no model":    {Models: []hexutil.Bytes{{1}}},
		"bad name":    {Names: []models.Name{{Name: "A", Owner: bob, Models: []common.Hash{model}}}},
		"unknown":     {Names: []models.Name{{Name: "a", Owner: bob, Models: []common.Hash{model}}}},
		"no versions": {Names: []models.Name{{Name: "a", Owner: bob, Models: nil}}},
		"twice":       {Models: exported.Models, Names: append(exported.Names, exported.Names...)},
	} {
		require.Error(t, r.Begin(contracttest.New(t, r).Open(r), bad), name)
	}
}

// The same call costs and answers the same on a node that has never seen the
// model and on one that has it in memory.
func TestCacheChangesNothing(t *testing.T) {
	r, chain, model := deployed(t)
	call := func() contracttest.Result {
		return chain.Try(alice, r, nil, "evaluate", model, "Terms", order(t, "gold", 700, 1200))
	}
	warm := call()
	r.ready = models.NewCache[prepared](readyBytes)
	cold := call()
	require.Equal(t, warm, cold)
	_, found := r.ready.Get(model)
	require.True(t, found)
}

func TestGeneric(t *testing.T) {
	r := New(address)
	content := compileText(t, []byte(greeting))
	start := func(t testing.TB) *contracttest.Chain { return contracttest.New(t, r) }
	var model common.Hash
	publish := func(chain *contracttest.Chain) {
		model = chain.Must(alice, r, nil, "deploy", content)[0].(common.Hash)
		chain.Must(alice, r, nil, "publish", "greeting", model)
	}
	var set common.Hash
	orders := [][]byte{placed(t, 7, "ann", 600), placed(t, 8, "ann", 100), placed(t, 9, "bob", 400)}
	session := func(chain *contracttest.Chain) {
		set = openOn(t, r, chain, riskRules)
		chain.Must(alice, r, nil, "insertMany", uint64(1), orders)
	}
	publish(start(t))
	session(start(t))
	input := pack(t, feel.Entry{Key: "Name", Value: feel.String("Ann")})
	examples := []contracttest.Example{
		{Method: "deploy", From: alice, Inputs: []any{content}},
		{Method: "publish", From: alice, Inputs: []any{"greeting", model}, Prepare: publish},
		{Method: "transferName", From: alice, Inputs: []any{"greeting", bob}, Prepare: publish},
		{Method: "resolve", From: alice, Inputs: []any{"greeting"}, Prepare: publish},
		{Method: "versionOf", From: alice, Inputs: []any{"greeting", uint64(1)}, Prepare: publish},
		{Method: "isDeployed", From: alice, Inputs: []any{model}, Prepare: publish},
		{Method: "evaluate", From: alice, Inputs: []any{model, "Greeting", input}, Prepare: publish},
		{Method: "evaluateNamed", From: alice, Inputs: []any{"greeting", "Greeting", input}, Prepare: publish},
		{Method: "evaluateBatch", From: alice, Inputs: []any{model, "Greeting", [][]byte{input, input}}, Prepare: publish},
		{Method: "explain", From: alice, Inputs: []any{model, "Greeting", input}, Prepare: publish},
		{Method: "run", From: alice, Inputs: []any{set, orders}, Prepare: session},
		{Method: "open", From: alice, Inputs: []any{set}, Prepare: session},
		{Method: "allow", From: alice, Inputs: []any{uint64(1), bob, true}, Prepare: session},
		{Method: "insert", From: alice, Inputs: []any{uint64(1), placed(t, 10, "ann", 100)}, Prepare: session},
		{Method: "insertMany", From: alice, Inputs: []any{uint64(1), orders}, Prepare: session},
		{Method: "update", From: alice, Inputs: []any{uint64(1), uint64(2), packFact(t, 0, nil, nil, 700, nil)}, Prepare: session},
		{Method: "retract", From: alice, Inputs: []any{uint64(1), uint64(3)}, Prepare: session},
		{Method: "fire", From: alice, Inputs: []any{uint64(1), uint64(2)}, Prepare: session},
		{Method: "query", From: alice, Inputs: []any{uint64(1), uint32(0), uint64(0), uint64(10)}, Prepare: session},
		{Method: "factOf", From: alice, Inputs: []any{uint64(1), uint64(2)}, Prepare: session},
		{Method: "sessionOf", From: alice, Inputs: []any{uint64(1)}, Prepare: session},
		{Method: "isAllowed", From: alice, Inputs: []any{uint64(1), alice}, Prepare: session},
		{Method: "close", From: alice, Inputs: []any{uint64(1)}, Prepare: session},
	}
	contracttest.Generic(t, r, start, examples)
	contracttest.ReadmeGas(t, r, start, examples)
}

const greeting = `<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" namespace="test" name="greeting">
<inputData id="i" name="Name"><variable name="Name" typeRef="string"/></inputData>
<decision id="d" name="Greeting"><variable name="Greeting" typeRef="string"/>
<informationRequirement><requiredInput href="#i"/></informationRequirement>
<literalExpression><text>"Hello " + Name</text></literalExpression></decision></definitions>`

// Whatever comes in as a decision's input, a call succeeds or reverts; it never
// panics, which would take all gas.
func FuzzEvaluate(f *testing.F) {
	r, chain, model := deployed(f)
	f.Add("Terms", order(f, "gold", 700, 1200))
	f.Add("Escrow days", []byte{0x0c, 0, 0})
	f.Fuzz(func(t *testing.T, decision string, input []byte) {
		chain.T = t
		result := chain.Try(alice, r, nil, "evaluate", model, decision, input)
		if result.Err != nil {
			require.ErrorIs(t, result.Err, vm.ErrExecutionReverted)
		}
	})
}

func TestLongestName(t *testing.T) {
	r, chain, model := deployed(t)
	name := strings.Repeat("a", models.MaxName)
	chain.Must(alice, r, nil, "publish", name, model)
	chain.Fails(alice, r, nil, "BadName", "publish", name+"a", model)
}
