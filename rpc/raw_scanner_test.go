package rpc

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestScanRawAcceptsThePlainForms(t *testing.T) {
	for body, want := range map[string][]rawRequest{
		`{"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":["0x02"]}`:                                    {{[]byte("1"), []byte("02")}},
		" [ {\"method\" : \"eth_sendRawTransaction\",\n\"params\":[ \"0xAb\" ],\"id\":\"x y\",\"jsonrpc\":\"2.0\"} ]\r\n": {{[]byte(`"x y"`), []byte("Ab")}},
		`[{"jsonrpc":"2.0","id":0,"method":"eth_sendRawTransaction","params":["0x"]},{"jsonrpc":"2.0","id":12,"method":"eth_sendRawTransaction","params":["0x1122"]}]`: {
			{[]byte("0"), []byte("")}, {[]byte("12"), []byte("1122")}},
	} {
		got, batch, ok := scanRaw([]byte(body), nil)
		require.True(t, ok, body)
		require.Equal(t, bytes.HasPrefix(bytes.TrimSpace([]byte(body)), []byte("[")), batch)
		require.Equal(t, want, got)
	}
}

func TestScanRawLeavesEverythingElse(t *testing.T) {
	for _, body := range []string{
		``, ` `, `[]`, `null`, `{}`, `[{}]`, `"x"`, `1`,
		`{"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":["0x02"]} x`,
		`{"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":["0x02"]}{}`,
		`[{"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":["0x02"]},]`,
		`[{"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":["0x02"]}`,
		`{"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":["0x02"]`,
		`{"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":["0x02"],}`,
		`{"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":["0x2"]}`,
		`{"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":["02"]}`,
		`{"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":["0x02","0x03"]}`,
		`{"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":"0x02"}`,
		`{"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction"}`,
		`{"jsonrpc":"2.0","method":"eth_sendRawTransaction","params":["0x02"]}`,
		`{"jsonrpc":"1.0","id":1,"method":"eth_sendRawTransaction","params":["0x02"]}`,
		`{"jsonrpc":"2.0","id":1,"id":2,"method":"eth_sendRawTransaction","params":["0x02"]}`,
		`{"jsonrpc":"2.0","id":1,"ID":2,"method":"eth_sendRawTransaction","params":["0x02"]}`,
		`{"jsonrpc":"2.0","id":01,"method":"eth_sendRawTransaction","params":["0x02"]}`,
		`{"jsonrpc":"2.0","id":-1,"method":"eth_sendRawTransaction","params":["0x02"]}`,
		`{"jsonrpc":"2.0","id":null,"method":"eth_sendRawTransaction","params":["0x02"]}`,
		`{"jsonrpc":"2.0","id":"<","method":"eth_sendRawTransaction","params":["0x02"]}`,
		`{"jsonrpc":"2.0","id":"\u0041","method":"eth_sendRawTransaction","params":["0x02"]}`,
		`{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber","params":["0x02"]}`,
		`[{"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":["0x02"]},{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber","params":[]}]`,
	} {
		_, _, ok := scanRaw([]byte(body), nil)
		require.False(t, ok, body)
	}
}

// FuzzScanRaw holds that what the scanner accepts is JSON and means to
// encoding/json what it means to the scanner.
func FuzzScanRaw(f *testing.F) {
	f.Add([]byte(`{"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":["0x02"]}`))
	f.Add([]byte(`[{"jsonrpc":"2.0","id":"a","method":"eth_sendRawTransaction","params":["0x"]}, {"jsonrpc":"2.0","id":2,"method":"eth_sendRawTransaction","params":["0xff"]}]`))
	f.Add([]byte(`[{"id":1`))
	f.Fuzz(func(t *testing.T, body []byte) {
		got, batch, ok := scanRaw(body, nil)
		if !ok {
			return
		}
		type request struct {
			Version string          `json:"jsonrpc"`
			ID      json.RawMessage `json:"id"`
			Method  string          `json:"method"`
			Params  []string        `json:"params"`
		}
		var want []request
		var err error
		if batch {
			err = json.Unmarshal(body, &want)
		} else {
			want = make([]request, 1)
			err = json.Unmarshal(body, &want[0])
		}
		if err != nil || len(want) != len(got) {
			t.Fatalf("accepted %q, encoding/json says %v, %d requests", body, err, len(want))
		}
		for i, w := range want {
			if w.Version != "2.0" || w.Method != "eth_sendRawTransaction" || len(w.Params) != 1 ||
				string(w.ID) != string(got[i].id) || w.Params[0] != "0x"+string(got[i].hex) {
				t.Fatalf("request %d of %q: scanned %s %s, encoding/json says %+v", i, body, got[i].id, got[i].hex, w)
			}
			var encoded bytes.Buffer
			enc := json.NewEncoder(&encoded)
			if err := enc.Encode(w.ID); err != nil || encoded.String() != string(got[i].id)+"\n" {
				t.Fatalf("id %s would be echoed as %s", got[i].id, &encoded)
			}
		}
	})
}
