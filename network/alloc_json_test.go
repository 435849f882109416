package network

import (
	"bytes"
	"encoding/json"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	cmtjson "github.com/cometbft/cometbft/libs/json"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/stretchr/testify/require"
)

func variedGenesis() *Genesis {
	g := New("varied <&> network", TestChainID)
	g.Operators[ConsensusAddress{0xab, 1}] = caller
	g.Alloc[common.Address{1}] = types.Account{Balance: new(big.Int)}
	g.Alloc[common.Address{2}] = types.Account{Balance: big.NewInt(255)}
	g.Alloc[common.Address{3}] = types.Account{Balance: DevBalanceWei, Nonce: 7}
	g.Alloc[common.Address{4}] = types.Account{Balance: common.Big1, Code: []byte{1}, Storage: map[common.Hash]common.Hash{{1}: {2}}}
	return g
}

// What is written in a memory-saving way is, byte for byte, what the standard encoders write.
func TestEncodersAgreeWithTheStandardOnes(t *testing.T) {
	for _, g := range []*Genesis{variedGenesis(), New("plain", DevChainID), {Name: "bare"}} {
		want, err := json.Marshal(g)
		require.NoError(t, err)
		if g.Alloc == nil {
			want = bytes.Replace(want, []byte(`"alloc":null`), []byte(`"alloc":{}`), 1)
		}
		got, err := g.encode()
		require.NoError(t, err)
		require.Equal(t, string(want), string(got))
	}
	g := variedGenesis()
	doc, err := Document(g, withValidators(g, 2), genesisTime, "varied")
	require.NoError(t, err)
	for _, state := range []json.RawMessage{doc.AppState, nil, json.RawMessage(`{}`), json.RawMessage(" {\n \"a\" : [ ] }")} {
		doc.AppState = state
		want, err := cmtjson.MarshalIndent(doc, "", "  ")
		require.NoError(t, err)
		got, err := encodeDocument(doc)
		require.NoError(t, err)
		require.Equal(t, string(want)+"\n", string(got))
	}
	doc.AppState = json.RawMessage(`{"a":`)
	_, err = encodeDocument(doc)
	require.ErrorIs(t, err, ErrGenesis)
}

func TestReadAlloc(t *testing.T) {
	const one, two = "0x00000000000000000000000000000000000000aa", "00000000000000000000000000000000000000BB"
	path := filepath.Join(t.TempDir(), "alloc.json")
	read := func(content string) (types.GenesisAlloc, error) {
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		return ReadAlloc(path)
	}
	alloc, err := read(`{"` + one + "\" : { \"balance\":\n\"0x10\"\t}, \"" + two + `":{"balance":"5","nonce":"0x2","code":"0xfe"}}` + "\n")
	require.NoError(t, err)
	require.Equal(t, types.GenesisAlloc{
		common.HexToAddress(one): {Balance: big.NewInt(16)},
		common.HexToAddress(two): {Balance: big.NewInt(5), Nonce: 2, Code: []byte{0xfe}},
	}, alloc)

	for content, want := range map[string]string{
		``:                                   "unexpected EOF",
		`[]`:                                 "expected a JSON object",
		`{"` + one + `":{"balance":"1"}`:     "unexpected EOF",
		`{"` + one + `":{"balance":"1"}} {}`: "more after the end",
		`{"` + one + `":{"balance":"1"},"00000000000000000000000000000000000000AA":{"balance":"1"}}`: "named twice",
		`{"` + one + `":{"balance":"one"}}`: `invalid hex or decimal integer "one"`,
		`{"` + one + `":{}}`:                "missing required field 'balance'",
		`{"0xaa":{"balance":"1"}}`:          "40 hexadecimal digits",
		`{"` + one + `":{"balance":"0x1` + strings.Repeat("0", 64) + `"}}`: "invalid hex or decimal",
		`{"` + one + `":{"balance":"1"} "` + two + `":{"balance":"1"}}`:    "invalid character",
	} {
		_, err := read(content)
		require.ErrorContains(t, err, want, content)
		require.ErrorContains(t, err, path)
	}
	_, err = ReadAlloc(path + "x")
	require.ErrorIs(t, err, os.ErrNotExist)
}

// An outline stands for its document without carrying the accounts.
func TestOutline(t *testing.T) {
	g := variedGenesis()
	doc, err := Document(g, withValidators(g, 2), genesisTime, "varied")
	require.NoError(t, err)
	digest, err := Digest(doc)
	require.NoError(t, err)
	outline, err := Outline(doc)
	require.NoError(t, err)
	require.JSONEq(t, `{"genesis_sha256":"`+digest+`"}`, string(outline.AppState))
	require.Equal(t, doc.ValidatorHash(), outline.ValidatorHash())
	require.NotEqual(t, doc.AppState, outline.AppState, "the document is left as it is")
	require.NoError(t, outline.ValidateAndComplete())
}

func TestLoadRefusesRepeatedAndTrailingParts(t *testing.T) {
	g := variedGenesis()
	doc, err := Document(g, withValidators(g, 1), genesisTime, "varied")
	require.NoError(t, err)
	text, err := encodeDocument(doc)
	require.NoError(t, err)
	loaded, again, err := decodeDocument(text)
	require.NoError(t, err)
	require.JSONEq(t, string(doc.AppState), string(loaded.AppState))
	state, err := again.encode()
	require.NoError(t, err)
	require.Equal(t, string(doc.AppState), string(state))
	body := strings.TrimSuffix(string(text), "\n}\n")
	for content, want := range map[string]string{
		body + `,"app_state":` + string(doc.AppState) + `}`: "app_state is given twice",
		string(text) + "{}": "more after the end",
		body + `,"other":`:  "unexpected EOF",
		body:                "unexpected EOF",
		strings.Replace(string(text), `"app_state": {`, `"app_state": {"ALLOC":{},`, 1): "alloc is given twice",
		strings.Replace(string(text), `"app_state": {`, `"app_state": {"extra":1,`, 1):  "unknown field",
		strings.Replace(string(text), `"chain_id": "`, `"chain_id": 1, "x": "`, 1):      "cannot unmarshal number",
	} {
		_, _, err := decodeDocument([]byte(content))
		require.ErrorIs(t, err, ErrGenesis)
		require.ErrorContains(t, err, want)
	}
}

// The short way to read an account gives what the long one does.
func FuzzAccountJSON(f *testing.F) {
	for _, seed := range []string{`{"balance":"0x1"}`, `{ "balance" : "7" }`, `{"balance":""}`, `{"balance":"1","nonce":"0x1"}`,
		`{"balance":"1\u0030"}`, `{"balance":"1\""}`, `{"balance":5}`, `{"balance":"-1"}`, `{"BALANCE":"1"}`, `[]`, `{"balance":"0x+1"}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var value json.RawMessage
		if json.Unmarshal(data, &value) != nil {
			return
		}
		value = bytes.Trim(value, jsonSpace)
		var want types.Account
		wantErr := json.Unmarshal(value, &want)
		got, err := decodeAccount(value)
		require.Equal(t, wantErr == nil, err == nil)
		if err == nil {
			require.Equal(t, want, got)
		}
	})
}
