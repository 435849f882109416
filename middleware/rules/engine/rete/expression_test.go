package rete_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/rete"
)

// evaluate gives what an expression is worth, or the error of firing it.
func evaluate(t *testing.T, expression string) (string, error) {
	t.Helper()
	e := load(t, `template Go
x: int = 0
end
function twice(v: decimal): decimal = v * 2
rule "r" when Go($x : x) then emit "v" (v = `+expression+`) end`)
	s, err := e.NewSession(nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Insert(0, rete.Int(0)); err != nil {
		t.Fatal(err)
	}
	out, err := s.Fire(rete.Limits{}, nil)
	if err != nil {
		return "", err
	}
	return out.Results[0].Fields[0].Value.String(), nil
}

func TestExpressions(t *testing.T) {
	long := strings.Repeat("9", 34)
	for in, want := range map[string]string{
		"1 + 2 * 3":                            "7",
		"4611686018427387903 + 1":              "4611686018427387904",
		"-4611686018427387904 - 1":             "-4611686018427387905",
		"4611686018427387904 - 1":              "4611686018427387903",
		"3037000500 * 3037000500":              "9223372037000250000",
		"-9223372036854775807 * -1":            "9223372036854775807",
		long + " - 1":                          strings.Repeat("9", 33) + "8",
		long + " + 1":                          "error",
		long + " + 1.0":                        "1" + strings.Repeat("0", 34),
		long + " * 10.0":                       long + "0",
		"1 / 3":                                "0." + strings.Repeat("3", 34),
		"2 / 3":                                "0." + strings.Repeat("6", 33) + "7",
		"6 / 3":                                "2",
		"1 / $x":                               "error",
		"div(7, 2)":                            "3",
		"div(-7, 2)":                           "-3",
		"mod(-7, 2)":                           "-1",
		"-7 % 4":                               "-3",
		"div(1, $x)":                           "error",
		"mod(1, $x)":                           "error",
		"div(" + long + ", 10)":                strings.Repeat("9", 33),
		"0.1 + 0.2":                            "0.3",
		"0.1 + 0.2 == 0.3":                     "true",
		"1.0 == 1":                             "true",
		"1e6144 * 10":                          "error",
		"1e-6143 / 10":                         "error",
		"1e6144 > 1e6143":                      "true",
		"-(-5)":                                "5",
		"abs(-2.5)":                            "2.5",
		"min(2, 1.5)":                          "1.5",
		"max(2, 1.5)":                          "2",
		"floor(-2.5)":                          "-3",
		"ceiling(2.1)":                         "3",
		"floor(7)":                             "7",
		"round(2.5, 0)":                        "2",
		"round(3.5, 0)":                        "4",
		"round(1.005, 2)":                      "1",
		"round(1234, -2)":                      "1200",
		"round(1.5, 7000)":                     "error",
		"if(1 < 2, \"a\", \"b\")":              `"a"`,
		"if($x == 0, 0.0, 1 / $x)":             "0",
		"$x != 0 && 1 / $x > 0":                "false",
		"$x == 0 || 1 / $x > 0":                "true",
		`"a" + "b" + text(12.50) + text(true)`: `"ab12.5true"`,
		`length("héé")`:                        "3",
		`upper("abcé")`:                        `"ABCé"`,
		`lower("ABC")`:                         `"abc"`,
		`substring("héllo", 2, 3)`:             `"éll"`,
		`substring("abc", 3, 9)`:               `"c"`,
		`substring("abc", 4, 1)`:               `""`,
		`substring("abc", 1, 0)`:               `""`,
		`substring("abc", 0, 1)`:               "error",
		`contains("abc", "bc")`:                "true",
		`startsWith("abc", "b")`:               "false",
		`endsWith("abc", "c")`:                 "true",
		`"a" < "b"`:                            "true",
		`"Z" < "a"`:                            "true",
		"twice(3)":                             "6",
		"3 in (1, 2, 3)":                       "true",
		"3 not in (1, 2, 3)":                   "false",
		"10000000000000000000000 / 10000000000000000000000": "1",
	} {
		got, err := evaluate(t, in)
		if want == "error" {
			var e *rete.RuleError
			if !errors.As(err, &e) || !errors.Is(err, rete.ErrValue) || e.Rule != "r" || e.Action != 1 {
				t.Errorf("%s: got %s, %v, expected a *RuleError", in, got, err)
			}
			continue
		}
		if err != nil || got != want {
			t.Errorf("%s: got %s, %v, expected %s", in, got, err, want)
		}
	}
}

func TestStringLimit(t *testing.T) {
	d := newDesk(t, `template S
s: string
end
rule "double" when $s : S(length(s) < 1000000) then update $s (s = $s.s + $s.s) end`)
	id := d.add("S", strings.Repeat("x", rete.MaxString/2))
	out, err := d.s.Fire(rete.Limits{}, nil)
	if !errors.Is(err, rete.ErrValue) || out.Firings != 1 {
		t.Errorf("%d firings, %v: expected one up to the limit and then a refusal", out.Firings, err)
	}
	if f, _ := d.s.Fact(id); len(f.Slots[0].Text) != rete.MaxString {
		t.Errorf("the string has %d bytes", len(f.Slots[0].Text))
	}
	if _, err := d.s.Insert(0, rete.Text(strings.Repeat("x", rete.MaxString+1))); err == nil {
		t.Error("one past the limit is inserted")
	}
}
