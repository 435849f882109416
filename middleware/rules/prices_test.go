package rules

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contract/contracttest"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/dmn"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// tableSource writes a model of one decision table in XML; every input is a
// number.
func tableSource(inputs, rules int, entry func(rule, column int) string) []byte {
	var b strings.Builder
	b.WriteString(`<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" namespace="test" name="table">`)
	for i := range inputs {
		fmt.Fprintf(&b, `<inputData id="i%d" name="in%d"><variable name="in%d" typeRef="number"/></inputData>`, i, i, i)
	}
	b.WriteString(`<decision id="d" name="Result"><variable name="Result"/>`)
	for i := range inputs {
		fmt.Fprintf(&b, `<informationRequirement><requiredInput href="#i%d"/></informationRequirement>`, i)
	}
	b.WriteString(`<decisionTable hitPolicy="FIRST">`)
	for i := range inputs {
		fmt.Fprintf(&b, `<input><inputExpression><text>in%d</text></inputExpression></input>`, i)
	}
	b.WriteString(`<output name="Result"/>`)
	for rule := range rules {
		b.WriteString(`<rule>`)
		for column := range inputs {
			fmt.Fprintf(&b, `<inputEntry><text>%s</text></inputEntry>`, strings.ReplaceAll(entry(rule, column), "<", "&lt;"))
		}
		fmt.Fprintf(&b, `<outputEntry><text>%d</text></outputEntry></rule>`, rule)
	}
	b.WriteString(`</decisionTable></decision></definitions>`)
	return []byte(b.String())
}

func ranges(rule, column int) string {
	r := rand.New(rand.NewPCG(uint64(rule), uint64(column)))
	from := r.IntN(10_000)
	return []string{"-", fmt.Sprint(from), fmt.Sprintf("< %d", from), fmt.Sprintf("[%d..%d)", from, from+r.IntN(500)+1)}[r.IntN(4)]
}

// sharedEntries repeats few entries in many rules: the most index for a byte.
func sharedEntries(rule, column int) string {
	return []string{"-", "< 3", "[1..9)", "not(4)"}[(rule/(column+1)+column)%4]
}

// BenchmarkDecode says what making a model ready to run takes for each gas that
// it costs.
func BenchmarkDecode(b *testing.B) {
	models := map[string][]byte{
		"pricing":  compileFile(b, pricing),
		"ranges":   compileText(b, tableSource(8, 500, ranges)),
		"shared":   compileText(b, tableSource(8, 5_000, sharedEntries)),
		"any":      compileText(b, tableSource(1, 20_000, func(int, int) string { return "-" })),
		"long any": compileText(b, tableSource(40, 1_000, func(int, int) string { return "-" })),
	}
	for _, name := range []string{"pricing", "ranges", "shared", "any", "long any"} {
		content := models[name]
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := dmn.Decode(content); err != nil {
					b.Fatal(err)
				}
			}
			nanos := float64(b.Elapsed().Nanoseconds()) / float64(b.N)
			b.ReportMetric(nanos/float64(len(content)), "ns/byte")
			b.ReportMetric(nanos/float64(preparationGas(content)), "ns/gas")
			b.ReportMetric(float64(len(content)), "bytes")
		})
	}
}

// BenchmarkPrices compares the time that gas buys: in loops of EVM operations
// and in evaluations.
func BenchmarkPrices(b *testing.B) {
	loop := func(body ...byte) []byte {
		return append(append([]byte{byte(vm.JUMPDEST)}, body...), byte(vm.PUSH0), byte(vm.JUMP))
	}
	for _, c := range []struct {
		name string
		code []byte
	}{
		{"add", loop(0x60, 3, 0x60, 5, 0x01, 0x50)},
		{"mulmod", loop(0x5f, 0x19, 0x5f, 0x19, 0x60, 7, 0x90, 0x03, 0x5f, 0x19, 0x09, 0x50)},
		{"exp", loop(0x5f, 0x19, 0x60, 3, 0x0a, 0x50)},
		{"keccak of 32 bytes", loop(0x60, 32, 0x5f, 0x20, 0x50)},
		{"warm load", loop(0x5f, 0x54, 0x50)},
		{"warm balance", loop(0x30, 0x31, 0x50)},
	} {
		b.Run(c.name, func(b *testing.B) {
			chain := contracttest.New(b)
			chain.Deploy(common.Address{0xcc}, c.code)
			measure(b, func() uint64 {
				return chain.Do(contracttest.Call{From: alice, To: common.Address{0xcc}, Gas: 1_000_000}).GasUsed
			})
		})
	}
	r, chain, model := deployed(b)
	b.Run("pricing", func(b *testing.B) {
		data := chain.Pack(r, "evaluate", model, "Terms", order(b, "gold", 700, 1200))
		measure(b, func() uint64 { return chain.Do(contracttest.Call{From: alice, To: r.Address(), Data: data}).GasUsed })
	})
	b.Run("batch of 100", func(b *testing.B) {
		inputs := make([][]byte, 100)
		for i := range inputs {
			inputs[i] = order(b, "gold", 700, 1200)
		}
		data := chain.Pack(r, "evaluateBatch", model, "Terms", inputs)
		measure(b, func() uint64 { return chain.Do(contracttest.Call{From: alice, To: r.Address(), Data: data}).GasUsed })
	})
}

func measure(b *testing.B, do func() uint64) {
	gas := uint64(0)
	for b.Loop() {
		gas += do()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(gas), "ns/gas")
	b.ReportMetric(float64(gas)/float64(b.N), "gas/op")
}

// smallTable is ten rules over three inputs.
func smallTable(t testing.TB) []byte {
	return compileText(t, tableSource(3, 10, func(rule, column int) string {
		return fmt.Sprintf("[%d..%d)", 10*rule*(column+1), 10*(rule+1)*(column+1))
	}))
}

// maxSmallTable is the most gas that evaluating a small table may cost the
// contract that calls.
const maxSmallTable = 25_000

// A contract that evaluates a table of ten rules and three inputs: everything
// inside its CALL is counted, with accounts cold.
func TestSmallTableIsCheap(t *testing.T) {
	r := New(address)
	chain := contracttest.New(t, r)
	model := chain.Must(alice, r, nil, "deploy", smallTable(t))[0].(common.Hash)
	input := pack(t, feel.Entry{Key: "in0", Value: feel.Int(55)}, feel.Entry{Key: "in1", Value: feel.Int(110)}, feel.Entry{Key: "in2", Value: feel.Int(165)})
	result := chain.Try(alice, r, new(uint256.Int), "evaluate", model, "Result", input)
	require.NoError(t, result.Err, chain.Reason(r, result))
	t.Logf("a table of 10 rules and 3 inputs: %d gas, %d bytes compiled", result.GasUsed, len(smallTable(t)))
	require.Less(t, result.GasUsed, uint64(maxSmallTable)-2_600-700, "with the caller's CALL and the copying of its data")
}
