package process

import (
	"math/big"
	"testing"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// forms are values as models have them and as go-ethereum has them.
func forms() (types []string, values []feel.Value, want []any) {
	add := func(t string, v feel.Value, w any) {
		types, values, want = append(types, t), append(values, v), append(want, w)
	}
	huge, _ := new(big.Int).SetString("115792089237316195423570985008687907853269984665640564039457584007913129639935", 10)
	add("uint256", feel.Int(7), big.NewInt(7))
	add("uint256", feel.String(huge.String()), huge)
	add("int256", feel.Int(-7), big.NewInt(-7))
	add("uint8", feel.Int(255), uint8(255))
	add("int8", feel.Int(-128), int8(-128))
	add("bool", feel.Boolean(true), true)
	add("address", feel.String("0x00000000000000000000000000000000000000ab"), common.HexToAddress("0xab"))
	add("string", feel.String("füñf und dreißig Zeichen, mehr als ein Wort"), "füñf und dreißig Zeichen, mehr als ein Wort")
	add("bytes", feel.String("0x0102"), []byte{1, 2})
	add("bytes", feel.String("0x"), []byte{})
	add("bytes4", feel.String("0x01020304"), [4]byte{1, 2, 3, 4})
	add("uint16[]", feel.List{feel.Int(1), feel.Int(2)}, []uint16{1, 2})
	add("string[]", feel.List{feel.String("a"), feel.String("b")}, []string{"a", "b"})
	add("bool[2]", feel.List{feel.Boolean(false), feel.Boolean(true)}, [2]bool{false, true})
	add("string[2]", feel.List{feel.String("a"), feel.String("")}, [2]string{"a", ""})
	add("uint256[2][]", feel.List{feel.List{feel.Int(1), feel.Int(2)}}, [][2]*big.Int{{big.NewInt(1), big.NewInt(2)}})
	add("uint256[]", feel.List{}, []*big.Int{})
	return types, values, want
}

func TestArgumentsAreThoseOfTheABI(t *testing.T) {
	types, values, want := forms()
	list, arguments := "", abi.Arguments{}
	for i, name := range types {
		if i > 0 {
			list += ","
		}
		list += name
		kind, err := abi.NewType(name, "", nil)
		require.NoError(t, err)
		arguments = append(arguments, abi.Argument{Type: kind})
	}
	expected, err := arguments.Pack(want...)
	require.NoError(t, err)
	f := parseSignature("f(" + list + ") returns (" + list + ")")
	require.NotNil(t, f)
	data, err := f.pack(values)
	require.NoError(t, err)
	require.Equal(t, expected, data[4:])
	back, err := f.unpack(data[4:])
	require.NoError(t, err)
	require.Equal(t, feel.Text(feel.List(values)), feel.Text(feel.List(back)))
	for n := range len(expected) / 2 {
		_, err := f.unpack(expected[:n])
		require.Error(t, err, "cut at %d", n)
	}
}

func TestSignatures(t *testing.T) {
	for text, ok := range map[string]bool{
		"f()": true, "transfer(address,uint256)": true, "f(uint256, address)(bool)": true, "f() returns (string)": true, "_a$1(bytes32[3][])": true,
		"": false, "f": false, "f(": false, "(uint256)": false, "1f()": false, "f(uint)": false, "f(uint257)": false, "f(uint0)": false, "f(bytes33)": false,
		"f(bytes0)": false, "f((uint256))": false, "f(function)": false, "f(uint256)x": false, "f(uint256)(": false, "f(uint256[-1])": false,
		"f(uint256[0])": false, "f(uint256[99999])": false, "f(uint256[][][][][])": false, "f(,)": false, "f(uint256))(": false,
	} {
		require.Equal(t, ok, parseSignature(text) != nil, text)
	}
	require.Equal(t, [4]byte{0xa9, 0x05, 0x9c, 0xbb}, parseSignature("transfer(address, uint256)").selector)
	for code, selector := range map[string]string{"Paused()": "0x9e87fac8", "Paused": "0x9e87fac8", "0x9e87fac8": "0x9e87fac8", "Error(string)": "0x08c379a0"} {
		got, ok := errorSelector(code)
		require.True(t, ok, code)
		require.Equal(t, common.FromHex(selector), got[:])
	}
	for _, code := range []string{"", "0xzz87fac8", "order late", "(", "()", "a(b"} {
		_, ok := errorSelector(code)
		require.False(t, ok, code)
	}
}

func TestArgumentsThatDoNotFit(t *testing.T) {
	for name, values := range map[string][]feel.Value{
		"uint8":     {feel.Int(256), feel.Int(-1), feel.String("256"), feel.String("x"), feel.Boolean(true), nil, feel.String("1-"), feel.String("0x")},
		"int8":      {feel.Int(128), feel.Int(-129)},
		"bool":      {feel.Int(1)},
		"address":   {feel.String("0xab"), feel.Int(1), feel.String("00000000000000000000000000000000000000abcd")},
		"bytes":     {feel.String("0102"), feel.String("0x012"), feel.String("0xzz")},
		"bytes4":    {feel.String("0x010203")},
		"uint256[]": {feel.Int(1), feel.List{feel.String("a")}},
		"bool[2]":   {feel.List{feel.Boolean(true)}},
	} {
		f := parseSignature("f(" + name + ")")
		for _, v := range values {
			_, err := f.pack([]feel.Value{v})
			require.Error(t, err, "%s %v", name, v)
		}
		_, err := f.pack(nil)
		require.Error(t, err)
	}
}

func FuzzUnpack(f *testing.F) {
	types, values, _ := forms()
	for i, name := range types {
		data, err := parseSignature("f(" + name + ")").pack([]feel.Value{values[i]})
		require.NoError(f, err)
		f.Add(name, data[4:])
	}
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		s := parseSignature("f(" + name + ")(" + name + ")")
		if s == nil || len(s.in) != 1 {
			return
		}
		values, err := s.unpack(data)
		if err != nil {
			return
		}
		packed, err := s.pack(values)
		if err != nil {
			return // a value that overlaps others is larger when it is written
		}
		again, err := s.unpack(packed[4:])
		require.NoError(t, err)
		require.Equal(t, feel.Text(feel.List(values)), feel.Text(feel.List(again)))
	})
}
