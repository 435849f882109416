package feel_test

import (
	"testing"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel/parser"
)

// costly are expressions whose time might not follow their charges.
var costly = []struct{ name, src string }{
	{"plain", "1 + 2 * 3 - 4"},
	{"quotient", "1 / 3"},
	{"wide product", "1234567890123456789012345678901234 * 9876543210987654321098765432109876"},
	{"exp", "exp(1234.567)"},
	{"exp near zero", "exp(1e-30)"},
	{"log", "log(1.000000000000000000000000000000001)"},
	{"power", "1.0000001 ** 12345.678"},
	{"power near one", "1.000000000000000000000000000000001 ** 123456789012345678901234567890123.4"},
	{"exact power", "1.234567 ** 42"},
	{"power of a root", "32 ** 0.2"},
	{"sqrt", "sqrt(2)"},
	{"modulo of extremes", "modulo(9e6144, 7e-6000)"},
	{"distant sum", "1e6000 + 1e-6000"},
	{"text of an extreme", "string length(string(1e-6000))"},
	{"number of a text", `number("1234567890123456789012345678901234567890")`},
	{"parse a date", `date("2020-01-" + "01")`},
	{"zones", `@"2020-01-01T00:00:00@Europe/Paris" < @"2050-07-01T00:00:00@America/New_York"`},
	{"local arithmetic", `@"2020-01-01T00:00:00@Europe/Paris" + @"P1000D"`},
	{"pattern", `matches("hello world", "^(h|w)[a-z]+ (w.*)$")`},
	{"large pattern", `matches("hello world", "((a{20}){20}){20}")`},
	{"category pattern", `matches("héllo wörld héllo wörld", "^\\p{L}+(\\s\\w+){3}$", "i")`},
	{"back-reference", `matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", "^(a*)(a*)\\1\\2c")`},
	{"upper case", `upper case("the quick brown fox jumps over the lazy dog éàü")`},
	{"substring", `substring("the quick brown fox jumps over the lazy dog", 5, 3)`},
	{"sort", "sort(for i in 1..200 return modulo(i * 7919, 201), function(a, b) a < b)"},
	{"distinct values", "distinct values(for i in 1..200 return i)"},
	{"list", "for i in 1..1000 return i"},
	{"context", `context put({a: 1, b: 2, c: 3}, "d", 4)`},
	{"statistics", "stddev(for i in 1..100 return i)"},
	{"filter", "count((for i in 1..500 return i)[item > 250])"},
	{"concatenation", `for i in 1..50 return if i = 1 then "aaaaaaaaaaaaaaaa" else partial[-1] + "bbbbbbbbbbbbbbbb"`},
}

// BenchmarkUnits reports how long one unit of work takes where it might take
// long; the units of package feel are set so that none takes much longer than
// that of plain arithmetic.
func BenchmarkUnits(b *testing.B) {
	for _, c := range costly {
		e, _, err := parser.Expression(c.src, parser.NewScope())
		if err != nil {
			b.Fatal(err)
		}
		b.Run(c.name, func(b *testing.B) {
			meter := &budget{1 << 62}
			m := feel.NewMachine(meter, feel.DefaultLimits, now)
			for b.Loop() {
				m.Reset(meter, now)
				e.Eval(m, feel.NewEnv(nil))
				if err := m.Err(); err != nil {
					b.Fatal(err)
				}
			}
			units := float64(1<<62-meter.left) / float64(b.N)
			b.ReportMetric(units, "units/op")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/units, "ns/unit")
		})
	}
}
