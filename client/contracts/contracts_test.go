package contracts

import (
	"encoding/json"
	"math/big"
	"os"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/stretchr/testify/require"
)

// example is the contract that the generator's tests are made with; it has
// structs, arrays, overloads, events and errors.
func example(t *testing.T) *Contract {
	t.Helper()
	content, err := os.ReadFile("../../contract/generate/testdata/client/contracts/contracts.json")
	require.NoError(t, err)
	list, err := Parse(content)
	require.NoError(t, err)
	require.Len(t, list, 1)
	return list[0]
}

func method(t *testing.T, c *Contract, word string) *Method {
	t.Helper()
	for _, m := range c.Methods {
		if m.Word == word {
			return m
		}
	}
	t.Fatalf("no method %q", word)
	return nil
}

// The contracts of this version are whole: every name has a word and a
// description, and no two of them share a word, an address or a selector.
func TestEveryContractIsDescribed(t *testing.T) {
	words, addresses := map[string]bool{}, map[common.Address]bool{}
	for _, c := range append(All(), example(t)) {
		require.False(t, words[c.Word] || addresses[c.Address], c.Word)
		words[c.Word], addresses[c.Address] = true, true
		require.NotEmpty(t, c.Notice, c.Name)
		found, ok := At(c.Address)
		require.Equal(t, c.Name != "Market", ok && found == c)
		methods, selectors := map[string]bool{}, map[[4]byte]bool{}
		for _, m := range c.Methods {
			selector := [4]byte(m.abi.ID)
			require.False(t, methods[m.Word] || selectors[selector], m.Signature)
			methods[m.Word], selectors[selector] = true, true
			require.NotEmpty(t, m.Notice, m.Signature)
			for _, p := range append(m.Inputs, m.Outputs...) {
				requireDescribed(t, m.Signature, p)
			}
		}
		for _, f := range c.Errors {
			require.NotEmpty(t, f.Notice, f.Name)
		}
		for _, e := range c.Events {
			require.NotEmpty(t, e.Notice, e.Name)
		}
	}
}

func requireDescribed(t *testing.T, of string, p *Param) {
	t.Helper()
	require.NotEmpty(t, p.Notice, "%s: %s", of, p.Name)
	for _, field := range p.Fields {
		requireDescribed(t, of+" "+p.Name, field)
	}
}

func TestWords(t *testing.T) {
	c := example(t)
	set := method(t, c, "set-rent")
	require.Equal(t, []string{"id", "rent", "valid-from-time", "open"}, []string{set.Inputs[0].Word(), set.Inputs[1].Word(), set.Inputs[2].Word(), set.Inputs[3].Word()})
	require.Equal(t, "valid from time", set.Inputs[2].Label())
	require.Equal(t, []string{"uint64", "amount", "time", "bool"}, []string{set.Inputs[0].Unit(), set.Inputs[1].Unit(), set.Inputs[2].Unit(), set.Inputs[3].Unit()})
	require.Equal(t, "struct[]", method(t, c, "offer").Inputs[1].Unit())
	require.True(t, method(t, c, "rent").Payable)
	require.Equal(t, "close(uint64)", method(t, c, "close-id").Signature)
	for name, word := range map[string]string{"castVote": "cast-vote", "CLOCK_MODE": "clock-mode", "IPFSHash": "ipfs-hash", "x": "x", "_a": "a", "erc20Token": "erc20-token", "a1B": "a1-b"} {
		require.Equal(t, word, kebab(name))
	}
}

// stall is the example's struct as go-ethereum packs it.
type stall struct {
	Id        uint64
	Owner     common.Address
	RentWei   *big.Int
	PaidUntil uint64
	FeeBps    uint16
	State     uint8
	Name      string
}

var owner = common.HexToAddress("0x70997970C51812dc3A010C7d01b50e0d17dc79C8")

func TestValues(t *testing.T) {
	m := method(t, example(t), "stalls")
	list := []stall{{1, owner, big.NewInt(15e17), 1893456000, 250, 1, "fruit"}, {2, owner, new(big.Int), 0, 0, 7, "a\x1b[2J"}}
	output, err := m.abi.Outputs.Pack(list, big.NewInt(2))
	require.NoError(t, err)
	values, err := m.Decode(output)
	require.NoError(t, err)
	require.Len(t, values, 2)
	require.Equal(t, "total", values[1].Label())
	require.Equal(t, "2", values[1].Text())

	require.True(t, values[0].OfStructs())
	elements, ok := values[0].List()
	require.True(t, ok)
	require.Len(t, elements, 2)
	var labels, texts []string
	for _, field := range elements[0].Rows() {
		labels, texts = append(labels, field.Label()), append(texts, field.Text())
	}
	require.Equal(t, []string{"id", "owner", "rent", "paid until", "fee", "state", "name"}, labels)
	require.Equal(t, []string{"1", owner.Hex(), "1.5 CMT", "2030-01-01 00:00:00 UTC", "2.5 %", "Open", "fruit"}, texts)
	second := elements[1].Rows()
	require.Equal(t, []string{"-", "0 %", "7", `"a\x1b[2J"`}, []string{second[3].Text(), second[4].Text(), second[5].Text(), second[6].Text()})
	require.Equal(t, `(id 2, owner `+owner.Hex()+`, rent 0 CMT, paid until -, fee 0 %, state 7, name "a\x1b[2J")`, elements[1].Text())

	encoded, err := json.Marshal(elements[0].JSON())
	require.NoError(t, err)
	require.JSONEq(t, `{"id":"1","owner":"`+owner.Hex()+`","rentWei":"1500000000000000000","paidUntil":"1893456000","feeBps":"250","state":"Open","name":"fruit"}`, string(encoded))

	_, err = m.Decode(output[:40])
	require.ErrorIs(t, err, ErrAnswer)
}

func TestEncode(t *testing.T) {
	c := example(t)
	for _, ok := range []struct {
		word  string
		texts []string
		want  []any
	}{
		{"set-rent", []string{"7", "1.5cmt", "2030-01-01", "true"}, []any{uint64(7), big.NewInt(15e17), uint64(1893456000), true}},
		{"set-rent", []string{"7", "21000wei", "2030-01-01T01:00:00+01:00", "false"}, []any{uint64(7), big.NewInt(21000), uint64(1893456000), false}},
		{"set-rent", []string{"7", "0", "1893456000", "true"}, []any{uint64(7), new(big.Int), uint64(1893456000), true}},
		{"rent", []string{"1", " my stall "}, []any{uint64(1), " my stall "}},
		{"close-id", []string{"3"}, []any{uint64(3)}},
		{"offer", []string{"1", "[]", `["a,b", "c"]`}, []any{uint64(1), []goods{}, []string{"a,b", "c"}}},
		{"offer", []string{"1", "[(0x" + strings.Repeat("11", 32) + ",2cmt)]", "[x,y]"}, []any{uint64(1), []goods{{item(0x11), big.NewInt(2e18)}}, []string{"x", "y"}}},
		{"offer", []string{"1", `[{"item":"0x` + strings.Repeat("22", 32) + `","priceWei":"3gwei"}]`, `["\"q\""]`}, []any{uint64(1), []goods{{item(0x22), big.NewInt(3e9)}}, []string{`"q"`}}},
	} {
		m := method(t, c, ok.word)
		data, err := m.Encode(ok.texts)
		require.NoError(t, err, ok.texts)
		packed, err := m.abi.Inputs.Pack(ok.want...)
		require.NoError(t, err)
		require.Equal(t, append(m.abi.ID, packed...), data, ok.texts)
	}
}

type goods struct {
	Item     [32]byte
	PriceWei *big.Int
}

func item(b byte) (all [32]byte) {
	for i := range all {
		all[i] = b
	}
	return all
}

func TestEncodeRefuses(t *testing.T) {
	c := example(t)
	for _, bad := range []struct {
		word  string
		texts []string
		hint  string
	}{
		{"set-rent", []string{"7", "10", "0", "true"}, "rentWei: not an amount: \"10\" has no unit"},
		{"set-rent", []string{"7", "10cmt", "tomorrow", "true"}, "validFromTime: \"tomorrow\" is no time"},
		{"set-rent", []string{"7", "10cmt", "0", "1"}, "open: bad argument"},
		{"set-rent", []string{"7"}, "takes 4, not 1"},
		{"set-rent", []string{"99999999999999999999", "0", "0", "true"}, "does not fit in uint64"},
		{"offer", []string{"1", `[{"item":"0x11"}]`, "[]"}, "goods: element 1: the field priceWei is missing"},
		{"offer", []string{"1", `[{"item":"0x11","priceWei":"1cmt","x":1}]`, "[]"}, "an object has 3 fields"},
		{"offer", []string{"1", `[{]`, "[]"}, "no JSON"},
		{"offer", []string{"1", `[null]`, "[]"}, "null stands where"},
		{"offer", []string{"1", `[[1]]`, "[]"}, "a list stands where"},
		{"offer", []string{"1", `["x"]`, "[]"}, "\"x\" stands where"},
		{"offer", []string{"1", `[]`, `[{}]`}, "an object stands where"},
	} {
		_, err := method(t, c, bad.word).Encode(bad.texts)
		require.ErrorIs(t, err, ErrInput, bad.texts)
		require.ErrorContains(t, err, bad.hint)
	}
}

func TestUnits(t *testing.T) {
	for seconds, text := range map[int64]string{0: "0s", 1: "1s", 604800: "7d", 129600: "1d 12h", 90: "1m 30s"} {
		require.Equal(t, text, span(big.NewInt(seconds)))
		if seconds > 0 {
			parsed, err := parseSpan(text)
			require.NoError(t, err)
			require.Equal(t, seconds, parsed.Int64())
		}
	}
	for points, text := range map[int64]string{0: "0 %", 1: "0.01 %", 1000: "10 %", 12345: "123.45 %"} {
		require.Equal(t, text, percent(big.NewInt(points)))
		parsed, err := parsePercent(text)
		require.NoError(t, err)
		require.Equal(t, points, parsed.Int64())
	}
	for _, text := range []string{"", "7x", "1h7d", "-1", "d", strings.Repeat("9", 100) + "d"} {
		_, err := parseSpan(text)
		require.Error(t, err, text)
	}
	for _, text := range []string{"2.5", "2.555%", "%", "1/2%", "-1%", "1e9%", ".%"} {
		_, err := parsePercent(text)
		require.Error(t, err, text)
	}
	p := &Param{kind: choice, typ: abi.Type{T: abi.UintTy, Size: 8}, names: []string{"Free", "PaidOff"}}
	for text, want := range map[string]string{"Free": "0", "paid-off": "1", "paidoff": "1", "1": "1"} {
		got, err := p.normalize(text)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	_, err := p.normalize("2")
	require.ErrorContains(t, err, "none of Free, PaidOff")
	at := &Param{Name: "genesisTimeNanos", kind: instant, typ: abi.Type{T: abi.UintTy, Size: 64}}
	require.Equal(t, "2030-01-01 00:00:00 UTC", at.number(new(big.Int).Mul(big.NewInt(1893456000), nanos)))
	require.Equal(t, "genesis-time", at.Word())
	for text, want := range map[string]string{"2030-01-01": "1893456000000000000", "17": "17"} {
		got, err := at.normalize(text)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	long := &Param{Name: "maxBlockNanos", kind: stretch, typ: abi.Type{T: abi.UintTy, Size: 64}}
	require.Equal(t, "1m0s", long.number(new(big.Int).Mul(big.NewInt(60), nanos)))
	require.Equal(t, "max-block", long.Word())
	require.Equal(t, []kind{instant, stretch, moment, plain, money}, []kind{
		kindOf("lastTimeNanos", long.typ), kindOf("maxBlockNanos", long.typ), kindOf("until", long.typ), kindOf("at", long.typ), kindOf("feeWei", long.typ)})
	got, err := long.normalize("1h")
	require.NoError(t, err)
	require.Equal(t, "3600000000000", got)
	require.Equal(t, "-5 (seconds since 1970)", date(big.NewInt(-5)))
}

func TestLabelsAreDifferent(t *testing.T) {
	rate, paid, plain := &Param{Name: "commissionBps", kind: share}, &Param{Name: "commissionWei", kind: money}, &Param{Name: "stakeWei", kind: money}
	tellApart([]*Param{rate, paid, plain})
	require.Equal(t, []string{"commission bps", "commission wei", "stake"}, []string{rate.Label(), paid.Label(), plain.Label()})
}

func TestDefaults(t *testing.T) {
	number, boolean := abi.Type{T: abi.UintTy, Size: 64}, abi.Type{T: abi.BoolTy}
	for want, p := range map[string]*Param{
		"0": {Name: "cursor", typ: number}, "100": {Name: "limit", typ: number}, "false": {Name: "limit", typ: boolean},
	} {
		text, ok := p.Default()
		require.True(t, ok)
		require.Equal(t, want, text)
	}
	for _, p := range []*Param{{Name: "limit", typ: abi.Type{T: abi.StringTy}}, {Name: "limitWei", typ: number, kind: money}, {Name: "id", typ: number}} {
		_, ok := p.Default()
		require.False(t, ok, p.Name)
	}
}

func TestBrief(t *testing.T) {
	wei := abi.Type{T: abi.UintTy, Size: 256}
	for want, v := range map[string]Value{
		"1.2345… CMT":     {&Param{kind: money, typ: wei}, big.NewInt(1234567890123456789)},
		"1.5 CMT":         {&Param{kind: money, typ: wei}, big.NewInt(15e17)},
		"1234567890":      {&Param{typ: wei}, big.NewInt(1234567890)},
		"0x111111111111…": {&Param{typ: abi.Type{T: abi.FixedBytesTy, Size: 32}}, item(0x11)},
	} {
		require.Equal(t, want, v.Brief())
	}
}

func TestErrorsAndLogs(t *testing.T) {
	c := example(t)
	var data []byte
	for _, f := range c.Errors {
		if f.Name == "RentTooLow" {
			packed, err := f.abi.Inputs.Pack(big.NewInt(1e18), big.NewInt(2e18))
			require.NoError(t, err)
			data = append(append(data, f.abi.ID[:4]...), packed...)
		}
	}
	refused, ok := c.DecodeError(data)
	require.True(t, ok)
	require.EqualError(t, refused, "The rent is too low; send at least the rent of one day (RentTooLow: sent 1 CMT, rent 2 CMT)")
	for _, short := range [][]byte{nil, {1}, data[:4], data[:40]} {
		_, ok := c.DecodeError(short)
		require.False(t, ok)
	}

	var event *Event
	for _, e := range c.Events {
		if e.Name == "Rented" {
			event = e
		}
	}
	payload, err := event.abi.Inputs.NonIndexed().Pack(big.NewInt(3e18))
	require.NoError(t, err)
	log := &types.Log{Address: c.Address, Topics: []common.Hash{event.abi.ID, common.BigToHash(big.NewInt(4)), common.BytesToHash(owner[:])}, Data: payload}
	logged, ok := c.DecodeLog(log)
	require.True(t, ok)
	require.Equal(t, []string{"4", owner.Hex(), "3 CMT"}, []string{logged.Values[0].Text(), logged.Values[1].Text(), logged.Values[2].Text()})
	log.Topics = log.Topics[:2]
	_, ok = c.DecodeLog(log)
	require.False(t, ok, "a topic is missing")
	log.Topics = nil
	_, ok = c.DecodeLog(log)
	require.False(t, ok)
}

// FuzzInputAndAnswer gives the example arbitrary text and bytes: nothing panics,
// and what encodes is encoded again from what it decodes to.
func FuzzInputAndAnswer(f *testing.F) {
	f.Add(`[{"item":"0x22","priceWei":"3gwei"}]`, []byte{1})
	f.Add("[(0x11,2cmt)]", make([]byte, 96))
	content, err := os.ReadFile("../../contract/generate/testdata/client/contracts/contracts.json")
	if err != nil {
		f.Fatal(err)
	}
	list, err := Parse(content)
	if err != nil {
		f.Fatal(err)
	}
	c := list[0]
	f.Fuzz(func(t *testing.T, text string, answer []byte) {
		for _, m := range c.Methods {
			texts := make([]string, len(m.Inputs))
			for i := range texts {
				texts[i] = text
			}
			_, _ = m.Encode(texts)
			values, err := m.Decode(answer)
			if err != nil {
				continue
			}
			for _, value := range values {
				_, _ = value.Text(), value.JSON()
			}
		}
		_, _ = c.DecodeError(answer)
		for _, e := range c.Events {
			_, _ = c.DecodeLog(&types.Log{Address: c.Address, Topics: []common.Hash{e.abi.ID, {1}, {2}}, Data: answer})
		}
	})
}
