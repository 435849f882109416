package decimal

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestTranscendentalVectors compares with Python's decimal module; see
// testdata/transcendental.py.
func TestTranscendentalVectors(t *testing.T) {
	f, err := os.Open("testdata/transcendental.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	cases := 0
	for s := bufio.NewScanner(f); s.Scan(); cases++ {
		w := strings.Fields(s.Text())
		x, want := parse(t, w[1]), parse(t, w[len(w)-1])
		var got Decimal
		var ok bool
		switch w[0] {
		case "exp":
			got, ok = x.Exp()
		case "ln":
			got, ok = x.Ln()
		case "sqrt":
			got, ok = x.Sqrt()
		case "pow":
			got, ok = x.Pow(parse(t, w[2]))
		}
		if !ok || !got.Equal(want) {
			t.Errorf("%s: got %s, %t", s.Text(), got, ok)
		}
	}
	if cases < 1200 {
		t.Fatalf("only %d vectors", cases)
	}
}

// gdaOperations maps operations of the General Decimal Arithmetic test suite
// to ours.
var gdaOperations = map[string]func(a, b Decimal) (Decimal, bool){
	"add":        Decimal.Add,
	"subtract":   Decimal.Sub,
	"multiply":   Decimal.Mul,
	"divide":     Decimal.Quo,
	"minus":      func(a, _ Decimal) (Decimal, bool) { return a.Neg(), true },
	"abs":        func(a, _ Decimal) (Decimal, bool) { return a.Abs(), true },
	"plus":       func(a, _ Decimal) (Decimal, bool) { return a, true },
	"reduce":     func(a, _ Decimal) (Decimal, bool) { return a.Reduce(), true },
	"squareroot": func(a, _ Decimal) (Decimal, bool) { return a.Sqrt() },
	"exp":        func(a, _ Decimal) (Decimal, bool) { return a.Exp() },
	"ln":         func(a, _ Decimal) (Decimal, bool) { return a.Ln() },
	"power":      Decimal.Pow,
	"compare":    func(a, b Decimal) (Decimal, bool) { return FromInt64(int64(a.Cmp(b))), true },
}

// TestGeneralDecimalArithmetic runs the vectors that cockroachdb/apd ships in
// its module. Vectors for fewer digits are compared after rounding to them;
// those for more digits, other rounding modes, NaN and infinities have no
// meaning here.
func TestGeneralDecimalArithmetic(t *testing.T) {
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/cockroachdb/apd/v3").Output()
	files, _ := filepath.Glob(filepath.Join(strings.TrimSpace(string(dir)), "testdata", "*.decTest"))
	if err != nil || len(files) == 0 {
		t.Skip("SKIPPED LOUDLY: the General Decimal Arithmetic vectors are not in the module cache; run `go mod download github.com/cockroachdb/apd/v3`")
	}
	run := 0
	for _, file := range files {
		run += runDecTest(t, file)
	}
	if run < 5000 {
		t.Fatalf("only %d vectors applied; the suite is incomplete", run)
	}
	t.Logf("%d vectors", run)
}

func runDecTest(t *testing.T, file string) (run int) {
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	precision, rounding := 9, "half_even"
	for _, line := range strings.Split(string(raw), "\n") {
		if i := strings.Index(line, "--"); i >= 0 {
			line = line[:i]
		}
		w := strings.Fields(strings.ToLower(line))
		switch {
		case len(w) == 2 && w[0] == "precision:":
			precision, _ = strconv.Atoi(w[1])
		case len(w) == 2 && w[0] == "rounding:":
			rounding = w[1]
		case len(w) >= 5 && precision <= Digits && strings.HasPrefix(rounding, "half_even"):
			if decTestCase(t, filepath.Base(file), w, precision) {
				run++
			}
		}
	}
	return run
}

func decTestCase(t *testing.T, file string, w []string, precision int) bool {
	op, known := gdaOperations[w[1]]
	arrow := -1
	for i, word := range w {
		if word == "->" {
			arrow = i
		}
	}
	if !known || arrow < 3 || arrow+1 >= len(w) {
		return false
	}
	var args [2]Decimal
	for i, word := range w[2:arrow] {
		d, ok := Parse(strings.Trim(word, "'"))
		if !ok || i > 1 || d.IsZero() != (significant(word) == 0) || d.coef().digits() > precision || significant(word) > precision {
			return false
		}
		args[i] = d
	}
	want, ok := Parse(strings.Trim(w[arrow+1], "'"))
	for _, condition := range w[arrow+2:] {
		if condition == "overflow" || condition == "underflow" || condition == "subnormal" || condition == "clamped" {
			return false
		}
	}
	if !ok {
		return false
	}
	got, ok := op(args[0], args[1])
	if !ok {
		t.Errorf("%s %v: no result", file, w)
		return true
	}
	if n := got.coef().digits(); n > precision {
		got, _ = got.Round(precision-n-int(got.exp), HalfEven)
	}
	if !got.Equal(want) {
		t.Errorf("%s %v: got %s", file, w, got)
	}
	return true
}

func significant(word string) int {
	n := 0
	for _, c := range strings.TrimLeft(strings.Trim(word, "'-+"), "0.") {
		if c == 'e' {
			break
		}
		if c >= '0' && c <= '9' {
			n++
		}
	}
	return n
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"0", "-1.5", "1e-6176", "9.999999999999999999999999999999999e6144", ".5", "123456789012345678901234567890123456789"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, ok := Parse(s)
		if !ok {
			return
		}
		again, ok := Parse(d.String())
		if !ok || !again.Equal(d) {
			t.Fatalf("%q: %v and its text %q differ", s, d, d.String())
		}
		neg, hi, lo, exp := d.Parts()
		if same, ok := New(neg, hi, lo, exp); !ok || same != d {
			t.Fatalf("%q does not survive New(Parts())", s)
		}
		for _, op := range gdaOperations {
			op(d, FromInt64(3))
		}
	})
}
