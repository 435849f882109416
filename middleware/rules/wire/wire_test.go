package wire_test

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel/parser"
	"github.com/cybermiles/cybermiles/middleware/rules/wire"
)

func value(t testing.TB, source string) feel.Value {
	t.Helper()
	expression, _, err := parser.Expression(source, parser.NewScope())
	require.NoError(t, err, source)
	machine := feel.NewMachine(nil, feel.DefaultLimits, feel.DateTime{}.DateTime)
	v := expression.Eval(machine, feel.NewEnv(nil))
	require.NoError(t, machine.Err())
	return v
}

// forms are values with their bytes, as generated code in other languages has
// to write and read them.
var forms = []struct{ source, form string }{
	{`null`, "00"},
	{`0`, "01 0000 00000000000000000000000000000000"},
	{`10.50`, "01 ffff 00000000000000000000000000000069"},
	{`-1`, "01 0000 ffffffffffffffffffffffffffffffff"},
	{`1000`, "01 0003 00000000000000000000000000000001"},
	{`-18446744073709551616`, "01 0000 ffffffffffffffff0000000000000000"},
	{`9999999999999999999999999999999999`, "01 0000 0001ed09bead87c0378d8e63ffffffff"},
	{`"é"`, "02 00000002 c3a9"},
	{`false`, "03"},
	{`true`, "04"},
	{`date("1970-01-02")`, "05 0000000000000001"},
	{`date("1969-12-31")`, "05 ffffffffffffffff"},
	{`time("10:00:00Z")`, "06 00000009" + hex.EncodeToString([]byte("10:00:00Z"))},
	{`date and time("2020-01-01T00:00:00")`, "07 00000013" + hex.EncodeToString([]byte("2020-01-01T00:00:00"))},
	{`date and time("2020-01-01T00:00:00Z")`, "08 000000005e0be100"},
	{`duration("P1DT1.5S")`, "09 0000000000015181 1dcd6500"},
	{`duration("-PT0.5S")`, "09 ffffffffffffffff 1dcd6500"},
	{`duration("P1Y2M")`, "0a 000000000000000e"},
	{`[true, null]`, "0b 00000002 04 00"},
	{`{a: true, "b c": [1]}`, "0c 0002 0001 61 04 0003 622063 0b 00000001 01 0000 00000000000000000000000000000001"},
	{`[1..2)`, "0d 00 01 01 0000 00000000000000000000000000000001 01 0000 00000000000000000000000000000002"},
}

func TestForms(t *testing.T) {
	for _, c := range forms {
		want, err := hex.DecodeString(strings.ReplaceAll(c.form, " ", ""))
		require.NoError(t, err)
		got, err := wire.Encode(value(t, c.source), nil)
		require.NoError(t, err)
		require.Equal(t, hex.EncodeToString(want), hex.EncodeToString(got), c.source)
		back, err := wire.Decode(want)
		require.NoError(t, err, c.source)
		require.Equal(t, feel.Text(value(t, c.source)), feel.Text(back))
		for i := range want {
			_, err := wire.Decode(want[:i])
			require.ErrorIs(t, err, wire.ErrMalformed, "%s cut at %d", c.source, i)
		}
		_, err = wire.Decode(append(want, 0))
		require.ErrorIs(t, err, wire.ErrMalformed)
	}
}

func TestNumbersNeedNotBeReduced(t *testing.T) {
	v, err := wire.Decode([]byte{1, 0xff, 0xfe, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0x1a})
	require.NoError(t, err)
	require.Equal(t, "10.5", feel.Text(v))
}

func TestRefused(t *testing.T) {
	for name, form := range map[string]string{
		"unknown tag":      "0e",
		"exponent":         "01 7fff 00000000000000000000000000000001",
		"35 digits":        "01 0000 0001ed09bead87c0378d8e6400000000",
		"least int128":     "01 0000 80000000000000000000000000000000",
		"not UTF-8":        "02 00000001 ff",
		"time":             "06 00000001 30",
		"date":             "05 7fffffffffffffff",
		"instant":          "08 7fffffffffffffff",
		"nanoseconds":      "09 0000000000000000 3b9aca00",
		"months":           "0a 7fffffffffffffff",
		"items":            "0b ffffffff 00",
		"key twice":        "0c 0002 0001 61 00 0001 61 00",
		"range form":       "0d 07 00 00 00",
		"range flags":      "0d 00 04 00 00",
		"keys without end": "0c ffff",
	} {
		data, err := hex.DecodeString(strings.ReplaceAll(form, " ", ""))
		require.NoError(t, err)
		_, err = wire.Decode(data)
		require.ErrorIs(t, err, wire.ErrMalformed, name)
	}
	_, err := wire.Encode(value(t, "function(a) a"), nil)
	require.ErrorIs(t, err, wire.ErrNotAValue)
}

// nested is a list n deep.
func nested(n int) feel.Value {
	var v feel.Value = feel.List{}
	for range n {
		v = feel.List{v}
	}
	return v
}

func TestLimits(t *testing.T) {
	at, err := wire.Encode(nested(wire.MaxDepth), nil)
	require.NoError(t, err)
	_, err = wire.Decode(at)
	require.NoError(t, err)
	_, err = wire.Encode(nested(wire.MaxDepth+1), nil)
	require.ErrorIs(t, err, wire.ErrTooLarge)
	_, err = wire.Decode(append([]byte{0x0b, 0, 0, 0, 1}, at...))
	require.ErrorIs(t, err, wire.ErrMalformed)

	_, err = wire.Encode(feel.String(strings.Repeat("a", wire.MaxSize-5)), nil)
	require.NoError(t, err)
	_, err = wire.Encode(feel.String(strings.Repeat("a", wire.MaxSize-4)), nil)
	require.ErrorIs(t, err, wire.ErrTooLarge)
	_, err = wire.Decode(make([]byte, wire.MaxSize+1))
	require.ErrorIs(t, err, wire.ErrMalformed)
}

// A value that shares its parts is small in memory and would be huge as bytes.
func TestSharedPartsArePaidEachTime(t *testing.T) {
	var v feel.Value = feel.List{}
	for range 60 {
		v = feel.List{v, v}
	}
	paid := 0
	_, err := wire.Encode(v, func(n int) { paid += n })
	require.ErrorIs(t, err, wire.ErrTooLarge)
	require.LessOrEqual(t, paid, wire.MaxSize)
}

func FuzzDecode(f *testing.F) {
	for _, c := range forms {
		data, _ := hex.DecodeString(strings.ReplaceAll(c.form, " ", ""))
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := wire.Decode(data)
		if err != nil {
			require.ErrorIs(t, err, wire.ErrMalformed)
			return
		}
		once, err := wire.Encode(v, nil)
		require.NoError(t, err)
		again, err := wire.Decode(once)
		require.NoError(t, err)
		twice, err := wire.Encode(again, nil)
		require.NoError(t, err)
		require.True(t, bytes.Equal(once, twice), "%x: %x %x", data, once, twice)
	})
}
