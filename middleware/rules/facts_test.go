package rules

import (
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/rete"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/rete/model"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/ruletext"
	"github.com/cybermiles/cybermiles/middleware/rules/wire"
)

// The fact that the README writes down is the fact it says it is.
func TestReadmeFact(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(readme), "\n`0000 01 ")
	require.True(t, found)
	form, _, _ := strings.Cut(rest, "`")
	data, err := hex.DecodeString("000001" + strings.ReplaceAll(form, " ", ""))
	require.NoError(t, err)
	source, err := os.ReadFile("engine/ruletext/testdata/orders.rules")
	require.NoError(t, err)
	m, err := ruletext.CompileText("orders.rules", string(source))
	require.NoError(t, err)
	fact, err := decodeFact(m, data, nil)
	require.NoError(t, err)
	require.Equal(t, `[7 "ann" 995E-1 "NL" false]`, fmt.Sprint(fact.Slots))
}

// Records hold what they were given, also numbers at the ends of their range.
func TestRecords(t *testing.T) {
	want := record{place: 70_000, supports: 3, fact: rete.Fact{Tag: 1 << 40, Template: 1023, Logical: true, Slots: []rete.Value{
		rete.Number("-9999999999999999999999999999999999"), rete.Number("1E-6143"), rete.Number("9E+6144"), rete.Text(""), rete.Text("é\x00"), rete.Bool(true), rete.Bool(false),
	}}}
	data := want.append(nil)
	got, err := readRecord(data)
	require.NoError(t, err)
	require.Equal(t, want, got)
	for i := range data {
		if k, err := readRecord(data[:i]); err == nil {
			require.Less(t, len(k.fact.Slots), len(want.fact.Slots), "cut at %d", i)
		}
	}
	for _, v := range want.fact.Slots {
		form, err := encodeSlots([]rete.Value{v}, nil)
		require.NoError(t, err)
		value, err := wire.Decode(form)
		require.NoError(t, err)
		back, ok := slotValue(value, v.Type)
		require.True(t, ok)
		if v.Type == model.Decimal {
			number, err := model.ParseNumber(back.Text)
			require.NoError(t, err)
			back.Text = model.FormatNumber(number)
		}
		require.Equal(t, v, back)
	}
}
