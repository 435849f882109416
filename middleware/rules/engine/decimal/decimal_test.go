package decimal

import (
	"math/rand/v2"
	"testing"

	"github.com/cockroachdb/apd/v3"
)

func parse(t testing.TB, s string) Decimal {
	t.Helper()
	d, ok := Parse(s)
	if !ok {
		t.Fatalf("Parse(%q) refused", s)
	}
	return d
}

func TestText(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"0", "0"}, {"-0", "0"}, {"1.50", "1.5"}, {".5", "0.5"}, {"5.", "5"},
		{"1e3", "1000"}, {"1.2E-3", "0.0012"}, {"-12.340", "-12.34"},
		{"12345678901234567890123456789012345", "12345678901234567890123456789012340"},
		{"99999999999999999999999999999999999", "100000000000000000000000000000000000"},
		{"0.00000000000000000000000000000000000000012345", "0.00000000000000000000000000000000000000012345"},
	} {
		if got := parse(t, c.in).String(); got != c.want {
			t.Errorf("Parse(%q).String() = %q, want %q", c.in, got, c.want)
		}
	}
	for _, bad := range []string{"", "-", ".", "1e", "1e+-3", "--1", "1.2.3", "0x10", "1e99999", "NaN", "Infinity", "1_0"} {
		if d, ok := Parse(bad); ok {
			t.Errorf("Parse(%q) = %v, want a refusal", bad, d)
		}
	}
}

func TestRound(t *testing.T) {
	for _, c := range []struct {
		in    string
		scale int
		mode  Mode
		want  string
	}{
		{"2.5", 0, HalfEven, "2"}, {"3.5", 0, HalfEven, "4"}, {"-2.5", 0, HalfEven, "-2"},
		{"5.5", 0, Up, "6"}, {"-5.5", 0, Up, "-6"}, {"1.121", 2, Up, "1.13"},
		{"5.5", 0, Down, "5"}, {"-5.5", 0, Down, "-5"},
		{"5.5", 0, HalfUp, "6"}, {"-5.5", 0, HalfUp, "-6"}, {"5.5", 0, HalfDown, "5"}, {"-1.126", 2, HalfDown, "-1.13"},
		{"-1.5", 0, Floor, "-2"}, {"-1.5", 0, Ceiling, "-1"}, {"1.56", 1, Floor, "1.5"}, {"1234", -2, HalfUp, "1200"},
		{"0.4", -3, Up, "1000"}, {"1234567890123456789012345678.5", -25, HalfUp, "1230000000000000000000000000"},
	} {
		got, ok := parse(t, c.in).Round(c.scale, c.mode)
		if !ok || got.String() != c.want {
			t.Errorf("Round(%s, %d, %d) = %v, want %s", c.in, c.scale, c.mode, got, c.want)
		}
	}
	if _, ok := FromInt64(1).Round(MaxScale+1, Up); ok {
		t.Error("a scale above the maximum was accepted")
	}
}

func TestExactPowers(t *testing.T) {
	for _, c := range []struct{ base, exp, want string }{
		{"2", "10", "1024"}, {"2", "-3", "0.125"}, {"4", "0.5", "2"}, {"32", "0.2", "2"}, {"0.25", "1.5", "0.125"},
		{"10", "-40", "0.0000000000000000000000000000000000000001"}, {"-2", "3", "-8"}, {"0", "0", "1"}, {"1", "1e30", "1"},
		{"4", "-0.5", "0.5"}, {"1e6", "0.5", "1000"}, {"2", "0.5", "1.41421356237309504880168872420969808"[:35]},
	} {
		got, ok := parse(t, c.base).Pow(parse(t, c.exp))
		if !ok || got.String() != parse(t, c.want).String() {
			t.Errorf("%s ** %s = %v, want %s", c.base, c.exp, got, c.want)
		}
	}
	for _, c := range [][2]string{{"0", "-1"}, {"-2", "0.5"}, {"10", "7000"}, {"1.5", "1e30"}} {
		if got, ok := parse(t, c[0]).Pow(parse(t, c[1])); ok {
			t.Errorf("%s ** %s = %v, want no result", c[0], c[1], got)
		}
	}
}

// randomDecimal draws numbers of every length with exponents around zero.
func randomDecimal(r *rand.Rand) Decimal {
	c := u128{r.Uint64() & (1<<49 - 1), r.Uint64()}
	c, _ = c.divPow10(r.IntN(19))
	if r.IntN(2) == 0 {
		c, _ = c.divPow10(r.IntN(19))
	}
	if c.digits() > Digits {
		c, _ = c.divPow10(5)
	}
	d, _ := New(r.IntN(2) == 0, c.hi, c.lo, r.IntN(90)-60)
	return d
}

// TestAgainstAPD compares every operation with cockroachdb/apd at 34 digits.
func TestAgainstAPD(t *testing.T) {
	ctx := apd.BaseContext.WithPrecision(Digits)
	ctx.Rounding = apd.RoundHalfEven
	ctx.MaxExponent, ctx.MinExponent = 6144, -6143
	ctx.Traps = 0
	ops := map[string]struct {
		ours   func(a, b Decimal) (Decimal, bool)
		theirs func(z, x, y *apd.Decimal) (apd.Condition, error)
		runs   int
	}{
		"add": {Decimal.Add, ctx.Add, 20000},
		"sub": {Decimal.Sub, ctx.Sub, 20000},
		"mul": {Decimal.Mul, ctx.Mul, 20000},
		"quo": {Decimal.Quo, ctx.Quo, 20000},
	}
	for name, op := range ops {
		r := rand.New(rand.NewPCG(1, 2))
		for range op.runs {
			a, b := randomDecimal(r), randomDecimal(r)
			if name == "quo" && b.IsZero() {
				continue
			}
			x, y, z := toAPD(t, a), toAPD(t, b), new(apd.Decimal)
			if _, err := op.theirs(z, x, y); err != nil {
				t.Fatal(err)
			}
			got, ok := op.ours(a, b)
			if !ok || toAPD(t, got).Cmp(z) != 0 {
				t.Fatalf("%s(%s, %s) = %s, apd says %s", name, a, b, got, z)
			}
		}
	}
}

func toAPD(t testing.TB, d Decimal) *apd.Decimal {
	t.Helper()
	x, _, err := apd.NewFromString(d.String())
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// BenchmarkPow takes a base and an exponent that lose the most digits.
func BenchmarkPow(b *testing.B) {
	x, y := parse(b, "1.000000000000000000000000000000001"), parse(b, "123456789012345678901234567890123.4")
	for b.Loop() {
		x.Pow(y)
	}
}

// BenchmarkQuo divides what has no short quotient.
func BenchmarkQuo(b *testing.B) {
	x, y := parse(b, "1"), parse(b, "7.000000000000000000000000000000001")
	for b.Loop() {
		x.Quo(y)
	}
}
