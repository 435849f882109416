package abitext

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
)

func TestSignatures(t *testing.T) {
	for text, want := range map[string]string{
		"balanceOf(address)":          "0x70a08231",
		"balanceOf(address)(uint256)": "0x70a08231",
		"function transfer(address payable to, uint amount) external returns (bool)":                                    "0xa9059cbb",
		"aggregate3((address target, bool allowFailure, bytes callData)[] calls) payable returns (tuple(bool,bytes)[])": "0x82ad56cb",
		"function()":          hexutil.Encode((&Function{Name: "function"}).Selector()),
		"decimals() external": "0x313ce567",
	} {
		fn, err := ParseFunction(text)
		if err != nil || hexutil.Encode(fn.Selector()) != want {
			t.Errorf("ParseFunction(%q) = %v, %v; want selector %s", text, fn, err, want)
		}
	}
	event, err := ParseEvent("event Transfer(address indexed from, address indexed to, uint256 value)")
	if err != nil || event.Topic().Hex() != "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef" {
		t.Errorf("Transfer: %v, %v", event, err)
	}
}

func TestSignaturesRefused(t *testing.T) {
	for text, hint := range map[string]string{
		"":                             "a name is missing",
		"f":                            "\"(\" is missing",
		"f(":                           "a type is missing",
		"f(address":                    "\")\" is missing",
		"f(address)x":                  "follows its end",
		"f(adress)":                    "\"adress\" is no Solidity type",
		"f(uint7)":                     "no Solidity type",
		"f(uint264)":                   "no Solidity type",
		"f(uint08)":                    "no Solidity type",
		"f(bytes33)":                   "no Solidity type",
		"f(bytes0)":                    "no Solidity type",
		"f(uint[0])":                   "array size",
		"f(uint[99999999999])":         "array size",
		"f(uint8[1000][1000])":         "array size",
		"f(())":                        "empty tuple",
		"f((uint a, uint _a))":         "two parameters",
		"f(uint[)":                     "\"]\" is missing",
		"f" + strings.Repeat("(", 100): "nested deeper",
		"f(uint" + strings.Repeat("[]", 100) + ")": "nested deeper",
	} {
		if _, err := ParseFunction(text); !errors.Is(err, ErrSignature) || !strings.Contains(err.Error(), hint) {
			t.Errorf("ParseFunction(%.30q): %v; want %q", text, err, hint)
		}
	}
}

// TestRoundTrip encodes text and decodes it again with the same types.
func TestRoundTrip(t *testing.T) {
	const vitalik = "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045"
	for _, c := range []struct{ typ, in, text, json string }{
		{"uint256", "1.5cmt", "1500000000000000000", `"1500000000000000000"`},
		{"uint8", "0xff", "255", `"255"`},
		{"int16", "-32768", "-32768", `"-32768"`},
		{"int256", "-1", "-1", `"-1"`},
		{"address", strings.ToLower(vitalik), vitalik, `"` + vitalik + `"`},
		{"bool", "true", "true", `true`},
		{"bytes", "0x", "0x", `"0x"`},
		{"bytes4", "0x70a08231", "0x70a08231", `"0x70a08231"`},
		{"string", "hello world", "hello world", `"hello world"`},
		{"string", "a\x1b[2J", `"a\x1b[2J"`, `"a\u001b[2J"`},
		{"uint8[]", "[1, 2,3]", "[1,2,3]", `["1","2","3"]`},
		{"uint8[3]", "[1,2,3]", "[1,2,3]", `["1","2","3"]`},
		{"uint64[2][]", "[[1,2],[3,4]]", "[[1,2],[3,4]]", `[["1","2"],["3","4"]]`},
		{"string[]", `["a,b", c, "]"]`, `["a,b","c","]"]`, `["a,b","c","]"]`},
		{"(address who,(bool,bytes)[] x)", "(" + vitalik + ",[(true,0x01),(false,0x)])", "(" + vitalik + ",[(true,0x01),(false,0x)])", `["` + vitalik + `",[[true,"0x01"],[false,"0x"]]]`},
		{"uint256[]", "[]", "[]", `[]`},
	} {
		fn, err := ParseFunction("f(" + c.typ + ")(" + c.typ + ")")
		if err != nil {
			t.Fatal(err)
		}
		data, err := fn.Encode([]string{c.in})
		if err != nil {
			t.Errorf("%s %q: %v", c.typ, c.in, err)
			continue
		}
		values, err := fn.Decode(data[4:])
		if err != nil || len(values) != 1 {
			t.Errorf("%s: %v, %v", c.typ, values, err)
			continue
		}
		encoded, err := json.Marshal(values[0].JSON)
		if err != nil || values[0].Text != c.text || string(encoded) != c.json {
			t.Errorf("%s %q: text %s, json %s, %v", c.typ, c.in, values[0].Text, encoded, err)
		}
	}
}

func TestArgumentsRefused(t *testing.T) {
	for _, c := range []struct{ typ, in, hint string }{
		{"uint8", "256", "does not fit"},
		{"uint256", "-1", "does not fit"},
		{"int8", "128", "does not fit"},
		{"int8", "-129", "does not fit"},
		{"uint256", "1" + strings.Repeat("0", 78), "does not fit"},
		{"uint256", "010", "no integer"},
		{"uint256", "1_0", "no integer"},
		{"uint256", "ten", "no integer"},
		{"uint256", strings.Repeat("1", 1000), "too long"},
		{"address", "0x12", "no address"},
		{"address", "0xD8dA6BF26964aF9D7eEd9e03E53415D37aA96045", "wrong checksum"},
		{"bool", "1", "write true or false"},
		{"bytes", "zz", "no hex data"},
		{"bytes2", "0x01", "exactly 2 bytes"},
		{"uint[]", "1,2", "write it like"},
		{"uint[]", "[1,2", "write it like"},
		{"uint[]", "[1],[2]", "bracket"},
		{"uint[2]", "[1]", "exactly 2 elements"},
		{"uint[]", "[1,,2]", "element 2"},
		{"(uint,uint)", "(1)", "exactly 2 fields"},
		{"string[]", `["a]`, "open"},
	} {
		fn, err := ParseFunction("f(" + c.typ + ")")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := fn.Encode([]string{c.in}); !errors.Is(err, ErrArgument) || !strings.Contains(err.Error(), c.hint) {
			t.Errorf("%s %.30q: %v; want %q", c.typ, c.in, err, c.hint)
		}
	}
	fn, err := ParseFunction("f(uint256)")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fn.Encode(nil); !errors.Is(err, ErrArgument) {
		t.Errorf("no arguments: %v", err)
	}
	if _, err := fn.Decode([]byte{1}); err != nil {
		t.Errorf("a function without outputs decodes nothing: %v", err)
	}
}

func TestEventDecode(t *testing.T) {
	event, err := ParseEvent("Named(string indexed name, address indexed who, uint256 value)")
	if err != nil {
		t.Fatal(err)
	}
	data, err := EncodeArguments(event.Inputs.NonIndexed(), []string{"7"})
	if err != nil {
		t.Fatal(err)
	}
	log := &types.Log{Topics: []common.Hash{event.Topic(), {1}, common.BytesToHash(common.HexToAddress("0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045").Bytes())}, Data: data}
	fields, err := event.Decode(log)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, field := range fields {
		got = append(got, field.Name+" "+field.Value.Type+" "+field.Value.Text)
	}
	want := "name keccak256(string) 0x0100000000000000000000000000000000000000000000000000000000000000|who address 0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045|value uint256 7"
	if strings.Join(got, "|") != want {
		t.Errorf("fields %q", got)
	}
	log.Topics = log.Topics[:2]
	if _, err := event.Decode(log); err == nil || !strings.Contains(err.Error(), "indexed parameters") {
		t.Errorf("a topic too few: %v", err)
	}
	if _, err := event.Decode(&types.Log{}); err == nil {
		t.Error("an anonymous log was decoded")
	}
}

// FuzzText holds the parsers to one law: whatever they accept encodes, and its
// encoding decodes to text that encodes to the same bytes.
func FuzzText(f *testing.F) {
	f.Add("f(uint8[],(string,bytes2)[2])", "[1,2]", `[("a",0x0102),("b\n",0x0304)]`)
	f.Add("f(int256,address)", "-1", "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045")
	f.Add("f(bool,string)", "true", `"quoted"`)
	f.Fuzz(func(t *testing.T, signature, first, second string) {
		fn, err := ParseFunction(signature)
		if err != nil {
			return
		}
		fn.Outputs = fn.Inputs
		args := []string{first, second}
		if len(fn.Inputs) < 2 {
			args = args[:len(fn.Inputs)]
		}
		data, err := fn.Encode(args)
		if err != nil {
			return
		}
		if len(fn.Inputs) == 0 {
			return
		}
		values, err := fn.Decode(data[4:])
		if err != nil {
			t.Fatalf("%s: %v", signature, err)
		}
		again := make([]string, len(values))
		for i, value := range values {
			if again[i] = value.Text; fn.Inputs[i].Type.T == abi.StringTy {
				again[i] = render(&fn.Inputs[i].Type, value.JSON)
			}
		}
		repeated, err := fn.Encode(again)
		if err != nil || string(repeated) != string(data) {
			t.Fatalf("%s %q decoded to %q encodes differently: %v", signature, args, again, err)
		}
	})
}
