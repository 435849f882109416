package pattern

import (
	"errors"
	"regexp"
	"strings"
	"testing"
)

func free(int) bool { return true }

func TestMatches(t *testing.T) {
	for _, c := range []struct {
		input, expr, flags string
		want               bool
	}{
		{"foobar", "^fo*bar$", "", true}, {"foobar", "^oo", "", false}, {"Mary\rJones", "Mary.Jones", "", false},
		{"Mary\rJones", "Mary.Jones", "s", true}, {"\nabcd\ndefg\n", "^$", "m", true}, {"abc\n", "c$", "", false},
		{"x", "[A-Z-[OI]]", "i", true}, {"O", "[A-Z-[OI]]", "i", false}, {"q", "[^Q]", "i", false}, {"\u212a", "k", "i", true},
		{"aA", `(a)\1`, "i", true}, {"abab", `^(ab)\1$`, "", true}, {"aba", `^(ab)\1$`, "", false},
		{"hello world", " hello[ ]world", "x", true}, {"hello", `\p{IsBasicLatin}+`, "", true}, {"a.b", "a.b", "q", true}, {"axb", "a.b", "q", false},
		{"aaa", "^a{2}$", "", false}, {"aaa", "^a{2,}$", "", true}, {"é", `^\w$`, "", true}, {"٣", `^\d$`, "", true}, {"a-b", `^[\c-]+$`, "", true},
		{"", "", "", true}, {"", "(a*)*", "", true}, {"b", "^(a|b*)*$", "", true},
	} {
		re, err := Compile(c.expr, c.flags)
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		at, err := re.Find([]rune(c.input), 0, free)
		if err != nil || (at != nil) != c.want {
			t.Errorf("matches(%q, %q, %q) = %v, %v; want %t", c.input, c.expr, c.flags, at, err, c.want)
		}
	}
}

func TestRefusals(t *testing.T) {
	for _, expr := range []string{"(", ")", "[", "[]", "a**", "*", "{", "a{2,1}", "a{99999}", `\3`, `(.)\2`, `(a\1)`, `(asd)[\1]`, `[a\0]`,
		`\p{IsNowhere}`, `\p{ Lu}`, `\q`, `\`, "(?=a)", "[z-a]", "a]", strings.Repeat("(", 200), "(a{500}){500}"} {
		if _, err := Compile(expr, ""); err == nil {
			t.Errorf("%q compiles", expr)
		}
	}
	if _, err := Compile("a", "p"); err == nil {
		t.Error("an unknown flag is accepted")
	}
}

func TestReplaceAndSplit(t *testing.T) {
	for _, c := range [][4]string{
		{"abcd", "(ab)|(a)", "[1=$1][2=$2]", "[1=ab][2=]cd"}, {"abracadabra", "a.*?a", "*", "*c*bra"}, {"darted", "^(.*?)d(.*)$", "$1c$2", "carted"},
		{"0123456789", `(\d{3})(\d{3})(\d{4})`, "($1) $2-$3", "(012) 345-6789"}, {"abc", "b", `\$\\$0`, `a$\bc`}, {"ab", "(a)", "$12", "a2b"},
	} {
		re, err := Compile(c[1], "")
		if err != nil {
			t.Fatal(err)
		}
		if got, err := re.Replace([]rune(c[0]), c[2], free); err != nil || got != c[3] {
			t.Errorf("replace(%q, %q, %q) = %q, %v; want %q", c[0], c[1], c[2], got, err, c[3])
		}
	}
	re, _ := Compile("a*", "")
	if _, err := re.Replace([]rune("b"), "x", free); !errors.Is(err, ErrEmptyMatch) {
		t.Errorf("an empty match in replace: %v", err)
	}
	re, _ = Compile(";", "")
	if got, err := re.Split([]rune("a;b;;c;;"), free); err != nil || strings.Join(got, "|") != "a|b||c||" {
		t.Errorf("split = %q, %v", got, err)
	}
}

// TestCatastrophe shows that work is linear without back-references and
// stopped by the budget with them.
func TestCatastrophe(t *testing.T) {
	input := []rune(strings.Repeat("a", 2000) + "b")
	re, _ := Compile("^(a+)+$", "")
	steps := 0
	if at, err := re.Find(input, 0, func(n int) bool { steps += n; return true }); at != nil || err != nil || steps > 100_000 {
		t.Errorf("(a+)+ took %d steps: %v, %v", steps, at, err)
	}
	re, _ = Compile(`^(a*)*\1$`, "")
	left := 1_000_000
	if _, err := re.Find(input, 0, func(n int) bool { left -= n; return left > 0 }); !errors.Is(err, ErrBudget) {
		t.Errorf("back-reference: %v", err)
	}
}

// FuzzAgainstGo compares with Go's engine where both dialects agree.
func FuzzAgainstGo(f *testing.F) {
	for _, s := range [][2]string{{"a(b|c)*d", "abcbd"}, {"^x+?y$", "xxy"}, {"(a|ab)(c|bcd)(d*)", "abcd"}, {"[a-c]{2,3}", "abcabc"}} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, expr, input string) {
		re, err := Compile(expr, "")
		if err != nil || len(expr) > 60 || len(input) > 60 {
			return
		}
		left := 200_000
		at, err := re.Find([]rune(input), 0, func(n int) bool { left -= n; return left > 0 })
		if err != nil || strings.Trim(expr, "abcxyz()|*+?^$012{},") != "" || strings.Trim(input, "abcxyz012") != "" {
			return
		}
		theirs, err := regexp.Compile(expr)
		if err != nil {
			return
		}
		want := theirs.FindStringIndex(input)
		if (want == nil) != (at == nil) || want != nil && (want[0] != at[0] || want[1] != at[1]) {
			t.Fatalf("%q on %q: %v, Go says %v", expr, input, at, want)
		}
	})
}
