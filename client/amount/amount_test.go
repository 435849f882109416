package amount

import (
	"errors"
	"math/big"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"0":                       "0",
		"0cmt":                    "0",
		"1cmt":                    "1000000000000000000",
		"1.5cmt":                  "1500000000000000000",
		"1.50 CMT":                "1500000000000000000",
		"0.000000000000000001cmt": "1",
		"10gwei":                  "10000000000",
		"0.000000001gwei":         "1",
		" 7 wei ":                 "7",
		"7.000wei":                "7",
		"1000000000cmt":           "1000000000000000000000000000",
	} {
		got, err := Parse(text)
		if err != nil || got.String() != want {
			t.Errorf("Parse(%q) = %v, %v; want %s", text, got, err, want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for text, hint := range map[string]string{
		"":                                    "write a number and its unit",
		"1":                                   "write 1cmt, 1gwei or 1wei",
		"1.5":                                 "write 1.5cmt",
		"cmt":                                 "no decimal number",
		".5cmt":                               "no decimal number",
		"1.cmt":                               "no decimal number",
		"-1cmt":                               "no decimal number",
		"+1cmt":                               "no decimal number",
		"1e3cmt":                              "no decimal number",
		"0x10wei":                             "no decimal number",
		"1.5wei":                              "finer than one wei",
		"0.0000000001gwei":                    "finer than one wei",
		"1ether":                              "write a number and its unit",
		"1" + strings.Repeat("0", 70) + "cmt": "larger than any balance",
		strings.Repeat("9", 5000) + "wei":     "larger than any balance",
	} {
		if _, err := Parse(text); !errors.Is(err, ErrSyntax) || !strings.Contains(err.Error(), hint) {
			t.Errorf("Parse(%.20q) error %v; want one with %q", text, err, hint)
		}
	}
}

func TestWrite(t *testing.T) {
	for wei, want := range map[int64]string{0: "0 CMT", 1: "0.000000000000000001 CMT", -5e17: "-0.5 CMT", 1e18: "1 CMT", 1_230_000_000_000_000_000: "1.23 CMT"} {
		if got := CMT(big.NewInt(wei)); got != want {
			t.Errorf("CMT(%d) = %q; want %q", wei, got, want)
		}
	}
	if got := Gwei(big.NewInt(2_500_000_000)); got != "2.5 gwei" {
		t.Errorf("Gwei = %q", got)
	}
}

// FuzzParse holds Parse to one law: what it accepts, CMT writes back to text
// that Parse reads as the same number.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"1.5cmt", "10gwei", "7wei", "0", "..cmt", "1.00000000000000000000cmt"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		wei, err := Parse(text)
		if err != nil {
			return
		}
		if wei.Sign() < 0 {
			t.Fatalf("Parse(%q) is negative: %s", text, wei)
		}
		again, err := Parse(CMT(wei))
		if err != nil || again.Cmp(wei) != 0 {
			t.Fatalf("%q = %s wei, written as %q, read as %v, %v", text, wei, CMT(wei), again, err)
		}
	})
}
