package ruletext

import (
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/rete/model"
)

func read(t testing.TB, name string) string {
	t.Helper()
	src, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(src)
}

// TestFormatCanonical: the example is written in the canonical layout, so
// formatting it changes nothing, and a squeezed spelling comes back to it.
func TestFormatCanonical(t *testing.T) {
	src := read(t, "orders.rules")
	f, err := Parse("orders.rules", src)
	if err != nil {
		t.Fatal(err)
	}
	if got := Format(f); got != src {
		t.Errorf("formatting changed the text:\n%s", got)
	}
	var squeezed []string
	for _, line := range strings.Split(src, "\n") {
		squeezed = append(squeezed, strings.TrimSpace(line))
	}
	f, err = Parse("squeezed", strings.Join(squeezed, "\n\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got := Format(f); got != src {
		t.Errorf("the squeezed text formats to:\n%s", got)
	}
}

func TestFormatExpressions(t *testing.T) {
	for in, want := range map[string]string{
		"1+2*3":                      "1 + 2 * 3",
		"(1+2)*3":                    "(1 + 2) * 3",
		"1-(2-3)":                    "1 - (2 - 3)",
		"(1-2)-3":                    "1 - 2 - 3",
		"-(1+2)":                     "-(1 + 2)",
		"-1":                         "-1",
		"1.50":                       "1.5",
		"2.0":                        "2.0",
		"1e3":                        "1000.0",
		"007":                        "7",
		"!(true&&false)||true":       "!(true && false) || true",
		"(1<2)==(2<3)":               "(1 < 2) == (2 < 3)",
		"1 in(1,2) && 3 not in (4,)": "",
		"1 in(1,2) && 3 not in (4)":  "1 in (1, 2) && 3 not in (4)",
		`"a\"b\\\n\t"`:               `"a\"b\\\n\t"`,
		"7%4/2":                      "7 % 4 / 2",
	} {
		f, err := Parse("x", "function f(): boolean = "+in)
		if want == "" {
			if err == nil {
				t.Errorf("%s parses", in)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		if got := strings.TrimSuffix(strings.TrimPrefix(Format(f), "function f(): boolean = "), "\n"); got != want {
			t.Errorf("%s formats to %s, expected %s", in, got, want)
		}
	}
}

func TestCommentsSurvive(t *testing.T) {
	src := `/* one
 two */ template /*three*/ T // four
x: int // five
// six
y /*seven*/ : int = /*eight*/ 3
end // nine
rule "r" // ten
when // eleven
T( // twelve
x == 1 /*thirteen*/ )
not // fourteen
( T() // fifteen
)
then // sixteen
halt // seventeen
// eighteen
end
// nineteen`
	f, err := Parse("x", src)
	if err != nil {
		t.Fatal(err)
	}
	once := Format(f)
	for _, word := range strings.Fields("one two three four five six seven eight nine ten eleven twelve " +
		"thirteen fourteen fifteen sixteen seventeen eighteen nineteen") {
		if strings.Count(once, "// "+word+"\n") != 1 {
			t.Errorf("comment %s does not occur once in\n%s", word, once)
		}
	}
	g, err := Parse("x", once)
	if err != nil {
		t.Fatal(err)
	}
	if twice := Format(g); twice != once {
		t.Errorf("formatting is not stable:\n%s\n%s", once, twice)
	}
}

const prelude = "template T\nx: int\ny: decimal = 1\ns: string = \"\"\nb: boolean = false\nend\n"

// TestErrors checks position and wording of faults. The position is relative to
// the line after the prelude.
func TestErrors(t *testing.T) {
	for _, c := range []struct {
		src       string
		line, col int
		msg       string
	}{
		{`rool "x"`, 1, 1, `found "rool", expected template, function or rule`},
		{`rule x`, 1, 6, `found "x", expected the rule's name in double quotes`},
		{`rule "x" salience high when`, 1, 19, `found "high", expected an integer`},
		{`rule "x" salience 1000001 when`, 1, 19, `expected an integer from -1000000 to 1000000`},
		{`rule "x" loop when`, 1, 10, `expected salience, agenda-group, no-loop, lock-on-active or when`},
		{"rule \"x\" when\n  T(x == )\nthen end", 2, 10, `found ")", expected an expression`},
		{"rule \"x\" when\n  T(x 1)\nthen end", 2, 7, `found "1", expected "," or ")"`},
		{"rule \"x\" when\n  T($v : x 3)\nthen end", 2, 12, `found "3", expected`},
		{"rule \"x\" when\n  T(x == 1)\nend", 3, 1, `found "end", expected a pattern, not, exists`},
		{"rule \"x\" when\n  U()\nthen end", 2, 3, `template U is not declared`},
		{"rule \"x\" when\n  T(z == 1)\nthen end", 2, 5, `template T has no slot z`},
		{"rule \"x\" when\n  T(x == \"a\")\nthen end", 2, 7, `== compares int with string`},
		{"rule \"x\" when\n  T(x + 1)\nthen end", 2, 7, `the constraint is int, expected boolean`},
		{"rule \"x\" when\n  T(x == $q)\nthen end", 2, 10, `$q is not bound here`},
		{"rule \"x\" when\n  T($v : x)\n  T($v : x)\nthen end", 3, 5, `$v is already bound`},
		{"rule \"x\" when\n  not T($v : x)\nthen emit \"e\" (v = $v) end", 3, 20, `$v is not bound here`},
		{"rule \"x\" when\n  T($v : x)\nthen retract $v end", 3, 6, `$v is a value, expected a variable bound to a whole fact`},
		{"rule \"x\" when\n  $t : T()\nthen retract $t update $t (x = 1) end", 3, 17, `$t was retracted by an earlier action`},
		{"rule \"x\" when\n  $t : T()\nthen update $t (x = 1.5) end", 3, 21, `slot x is decimal, expected int`},
		{"rule \"x\" when\n  $t : T()\nthen update $t (x = 1, x = 2) end", 3, 24, `slot x is set twice`},
		{"rule \"x\" when\n  $t : T()\nthen emit \"e\" (t = $t) end", 3, 20, `$t is a fact, expected one of its slots such as $t.x`},
		{"rule \"x\" when\nthen insert T(y = 2) end", 2, 6, `slot x of T has no default`},
		{"rule \"x\" when\nthen focus \"g\" end", 2, 6, `no rule belongs to the agenda group "g"`},
		{"rule \"x\" when\n forall (T())\nthen end", 2, 2, `forall needs a pattern and at least one condition`},
		{"rule \"x\" when\n accumulate (T())\nthen end", 2, 17, `found ")", expected ";" and the functions`},
		{"rule \"x\" when\n accumulate (T(); $n : sum(\"a\"))\nthen end", 2, 19, `sum cannot accumulate values of type string`},
		{"rule \"x\" when then end rule \"x\" when then end", 1, 24, `rule "x" is declared twice`},
		{"template T end", 1, 1, `template T is declared twice`},
		{"template U x: int x: int end", 1, 19, `slot x is declared twice`},
		{"template U x: float end", 1, 15, `found "float", expected a type`},
		{"template U x: int = 1.5 end", 1, 21, `the default of slot x is decimal, expected int`},
		{"function f(): int = f()", 1, 21, `function f is not declared before this line`},
		{"function abs(): int = 1", 1, 1, `abs is a built-in function`},
		{"function f(): int = abs()", 1, 21, `abs expects 1 arguments, found 0`},
		{"function f(a: int): int = b", 1, 27, `b has no meaning here`},
		{"function f(): int = 1 @", 1, 23, `unexpected character '@'`},
		{"function f(): string = \"a", 1, 24, `the string has no end`},
		{"function f(): string = \"a\\q\"", 1, 26, `unknown escape`},
		{"function f(): int = 12a", 1, 21, `malformed number "12a"`},
		{"function f(): int = 12345678901234567890123456789012345", 1, 21, `not a number of at most 34 significant digits`},
		{"/* x", 1, 1, `the comment has no end`},
	} {
		_, err := CompileText("f.rules", prelude+c.src)
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%q: no *Error but %v", c.src, err)
			continue
		}
		if e.File != "f.rules" || e.Line != c.line+6 || e.Col != c.col || !strings.Contains(e.Msg, c.msg) {
			t.Errorf("%q:\n got %v\nwant f.rules:%d:%d: %s", c.src, e, c.line+6, c.col, c.msg)
		}
	}
}

// TestCompileReportsAll: faults of different rules are reported together.
func TestCompileReportsAll(t *testing.T) {
	_, err := CompileText("f", prelude+"rule \"a\" when U() then end\nrule \"b\" when V() then end")
	if err == nil || !strings.Contains(err.Error(), "template U") || !strings.Contains(err.Error(), "template V") {
		t.Errorf("got %v", err)
	}
}

func TestSourceLimit(t *testing.T) {
	if _, err := Parse("f", strings.Repeat(" ", MaxSource)); err != nil {
		t.Errorf("at the limit: %v", err)
	}
	if _, err := Parse("f", strings.Repeat(" ", MaxSource+1)); err == nil {
		t.Error("one past the limit is accepted")
	}
}

func TestDeepNesting(t *testing.T) {
	for _, src := range []string{
		"function f(): int = " + strings.Repeat("(", 100000),
		"function f(): int = " + strings.Repeat("-", 100000) + "1",
		"function f(): int = " + strings.Repeat("1+", 100000) + "1",
		prelude + "rule \"x\" when " + strings.Repeat("not ", 100000) + "T() then end",
		prelude + "rule \"x\" when " + strings.Repeat("not(", 100000),
	} {
		var e *Error
		if _, err := CompileText("f", src); !errors.As(err, &e) {
			t.Errorf("%.40q: %v", src, err)
		}
	}
}

// FuzzParse: whatever parses formats to a text that parses to the same format
// and compiles to the same model.
func FuzzParse(f *testing.F) {
	f.Add(read(f, "orders.rules"))
	f.Add("template T\nx: int // a\nend\nrule \"r\" when T(x in (1, -2.5)) /* b */ not (T() T()) then end // c")
	f.Fuzz(func(t *testing.T, src string) {
		file, err := Parse("f", src)
		if err != nil {
			return
		}
		once := Format(file)
		again, err := Parse("f", once)
		if err != nil {
			t.Fatalf("the formatted text does not parse: %v\n%s", err, once)
		}
		if twice := Format(again); twice != once {
			t.Fatalf("formatting is not stable:\n%s\nthen\n%s", once, twice)
		}
		m, err := Compile(file)
		n, err2 := Compile(again)
		if (err == nil) != (err2 == nil) {
			t.Fatalf("one compiles, the other does not: %v, %v\n%s", err, err2, once)
		}
		if err != nil {
			return
		}
		for i := range m.Rules {
			m.Rules[i].Line, n.Rules[i].Line = 0, 0
		}
		if !reflect.DeepEqual(m, n) {
			t.Fatalf("the models differ:\n%s", once)
		}
		encoded, err := model.Encode(m)
		if err != nil {
			t.Fatalf("the compiled model does not encode: %v", err)
		}
		back, err := model.Decode(encoded)
		if err != nil || !reflect.DeepEqual(back, m) {
			t.Fatalf("the model does not survive encoding: %v", err)
		}
	})
}
