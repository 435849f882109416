package artifact

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
)

func ledger(t testing.TB) []byte {
	t.Helper()
	content, err := os.ReadFile("testdata/Ledger.json")
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// forms are the same contract as different compilers leave it.
func forms(t testing.TB) map[string]string {
	t.Helper()
	var standard struct {
		Contracts map[string]map[string]struct {
			ABI json.RawMessage
			EVM struct{ Bytecode struct{ Object string } }
		}
	}
	if err := json.Unmarshal(ledger(t), &standard); err != nil {
		t.Fatal(err)
	}
	c := standard.Contracts["Ledger.sol"]["Ledger"]
	code := c.EVM.Bytecode.Object
	quoted, err := json.Marshal(string(c.ABI))
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{
		"hardhat":      `{"_format":"hh-sol-artifact-1","contractName":"Ledger","abi":` + string(c.ABI) + `,"bytecode":"0x` + code + `","deployedBytecode":"0x"}`,
		"foundry":      `{"abi":` + string(c.ABI) + `,"bytecode":{"object":"0x` + code + `","sourceMap":""},"deployedBytecode":{"object":"0x"}}`,
		"combined":     `{"contracts":{"src/Ledger.sol:Ledger":{"abi":` + string(c.ABI) + `,"bin":"` + code + `"}},"version":"x"}`,
		"old combined": `{"contracts":{"Ledger.sol:Ledger":{"abi":` + string(quoted) + `,"bin":"` + code + `"}}}`,
	}
}

func TestForms(t *testing.T) {
	args := []string{"0x00000000000000000000000000000000000000aa", "7"}
	standard, err := Parse(ledger(t), "Ledger")
	if err != nil {
		t.Fatal(err)
	}
	want, err := standard.Creation(args)
	if err != nil || len(want) != len(standard.Bytecode)+64 || want[len(want)-1] != 7 {
		t.Fatalf("creation of %d bytes, %v", len(want), err)
	}
	for form, content := range forms(t) {
		c, err := Parse([]byte(content), "")
		if err != nil {
			t.Errorf("%s: %v", form, err)
			continue
		}
		if got, err := c.Creation(args); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s creates other code: %v", form, err)
		}
	}
}

func TestPlainBytecode(t *testing.T) {
	c, err := Parse([]byte(" 0x6001\n"), "")
	if err != nil || !bytes.Equal(c.Bytecode, []byte{0x60, 0x01}) {
		t.Fatalf("%v, %v", c, err)
	}
	if _, err := c.Creation([]string{"1"}); err == nil || !strings.Contains(err.Error(), "parameter types are unknown") {
		t.Errorf("arguments without types: %v", err)
	}
	if err := c.SetConstructor("(uint8)"); err != nil {
		t.Fatal(err)
	}
	if data, err := c.Creation([]string{"1"}); err != nil || len(data) != 34 {
		t.Errorf("%x, %v", data, err)
	}
	if err := c.SetConstructor("uint8"); err == nil {
		t.Error("types without brackets were accepted")
	}
}

func TestRefused(t *testing.T) {
	for _, c := range []struct {
		content, name string
		want          error
	}{
		{"", "", ErrAbstract},
		{"0x", "", ErrAbstract},
		{"hello", "", ErrFormat},
		{"{", "", ErrFormat},
		{"{}", "", ErrFormat},
		{`{"abi":[]}`, "", ErrFormat},
		{`{"bytecode":7}`, "", ErrFormat},
		{`{"bytecode":"0x60zz"}`, "", ErrFormat},
		{`{"bytecode":"0x60","abi":"x"}`, "", ErrFormat},
		{`{"bytecode":"0x"}`, "", ErrAbstract},
		{`{"bytecode":"0x60__$1234$__00"}`, "", ErrUnlinked},
		{`{"contracts":{"a.sol":7}}`, "", ErrFormat},
		{string(ledger(t)), "", ErrChoice},
		{string(ledger(t)), "Other", ErrChoice},
		{string(ledger(t)), "ILedger", ErrAbstract},
		{string(ledger(t)), "Ledger.sol:ILedger", ErrAbstract},
	} {
		if _, err := Parse([]byte(c.content), c.name); !errors.Is(err, c.want) {
			t.Errorf("%.40q %s: %v; want %v", c.content, c.name, err, c.want)
		}
	}
}

// FuzzParse looks for files that crash the parser or create nothing.
func FuzzParse(f *testing.F) {
	f.Add(ledger(f), "Ledger")
	for _, content := range forms(f) {
		f.Add([]byte(content), "")
	}
	f.Fuzz(func(t *testing.T, content []byte, name string) {
		if c, err := Parse(content, name); err == nil && len(c.Bytecode) == 0 {
			t.Fatal("accepted without bytecode")
		}
	})
}
