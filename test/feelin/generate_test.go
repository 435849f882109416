package feelin

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// generator writes random expressions of a type. Numbers stay small enough for
// feelin's, which are binary: integers, halves and quarters. Left out is where
// feelin goes its own way: bounds of between in the wrong order (it swaps them),
// lists of one item compared with others (it takes the item), "-(x) instance of"
// (it negates last) and insertion into an empty list (it takes it).
type generator struct {
	r     *rand.Rand
	names []string // numbers in scope
}

func (g *generator) pick(list ...func() string) string { return list[g.r.IntN(len(list))]() }

func (g *generator) one(list ...string) string { return list[g.r.IntN(len(list))] }

func (g *generator) number(depth int) string {
	leaf := func() string {
		if len(g.names) > 0 && g.r.IntN(2) == 0 {
			return g.names[g.r.IntN(len(g.names))]
		}
		return g.one("0", "1", "2", "3", "5", "7", "12", "0.5", "2.25", "-1", "-4", "-2.5")
	}
	if depth <= 0 {
		return leaf()
	}
	d := depth - 1
	sub := func() string { return g.number(d) }
	return g.pick(leaf,
		func() string { return fmt.Sprintf("(%s %s %s)", sub(), g.one("+", "-", "*"), sub()) },
		func() string { return fmt.Sprintf("(%s / %s)", sub(), g.one("2", "4", "-2", "8")) },
		func() string { return fmt.Sprintf("(%s ** %s)", g.one("2", "3", "-2"), g.one("0", "1", "2", "3")) },
		func() string { return fmt.Sprintf("-(%s)", sub()) },
		func() string { return fmt.Sprintf("(if %s then %s else %s)", g.boolean(d), sub(), sub()) },
		func() string { return fmt.Sprintf("%s(%s)", g.one("floor", "ceiling", "abs"), sub()) },
		func() string { return fmt.Sprintf("modulo(%s, %s)", sub(), g.one("2", "3", "-3", "5")) },
		func() string { return fmt.Sprintf("%s(%s)", g.one("count", "sum", "min", "max"), g.some(d)) },
		func() string { return fmt.Sprintf("string length(%s)", g.text(d)) },
		func() string { return fmt.Sprintf("%s[%s]", g.some(d), g.one("1", "-1")) },
		func() string { return fmt.Sprintf("{a: %s, b: a + %s}.%s", sub(), sub(), g.one("a", "b")) },
		func() string { return fmt.Sprintf("%s.%s", g.date(d), g.one("year", "month", "day")) },
		func() string { return fmt.Sprintf("(%s).days", g.daysBetween(d)) },
	)
}

func (g *generator) boolean(depth int) string {
	if depth <= 0 {
		return g.one("true", "false")
	}
	d := depth - 1
	sub := func() string { return g.boolean(d) }
	return g.pick(
		func() string { return fmt.Sprintf("(%s %s %s)", sub(), g.one("and", "or"), sub()) },
		func() string { return fmt.Sprintf("not(%s)", sub()) },
		func() string {
			return fmt.Sprintf("(%s %s %s)", g.number(d), g.one("<", "<=", ">", ">=", "=", "!="), g.number(d))
		},
		func() string { return fmt.Sprintf("(%s %s %s)", g.text(d), g.one("=", "!=", "<", ">="), g.text(d)) },
		func() string { return fmt.Sprintf("(%s %s %s)", g.date(d), g.one("<", "<=", ">", "="), g.date(d)) },
		func() string {
			return fmt.Sprintf("(%s between %s and %s)", g.number(d), g.one("-4", "0", "1"), g.one("1", "2.25", "7"))
		},
		func() string {
			return fmt.Sprintf("(%s in %s%d..%d%s)", g.number(d), g.one("[", "("), -3, 6, g.one("]", ")"))
		},
		func() string { return fmt.Sprintf("(%s in (%d, > %d))", g.number(d), g.r.IntN(4), g.r.IntN(6)) },
		func() string {
			return fmt.Sprintf("%s(%s, %s)", g.one("contains", "starts with", "ends with"), g.text(d), g.text(0))
		},
		func() string { return fmt.Sprintf("list contains(%s, %s)", g.list(d), g.number(d)) },
		func() string { return fmt.Sprintf("((%s) instance of %s)", g.number(d), g.one("number", "string")) },
		func() string {
			list := g.list(d)
			defer g.bind("x")()
			return fmt.Sprintf("(%s x in %s satisfies %s)", g.one("some", "every"), list, g.boolean(d))
		},
		func() string { return fmt.Sprintf("%s([%s, %s])", g.one("all", "any"), sub(), sub()) },
		func() string {
			return fmt.Sprintf("([%s, %s] = [%s, %s])", g.number(d), g.number(d), g.number(d), g.number(d))
		},
	)
}

func (g *generator) text(depth int) string {
	if depth <= 0 {
		return g.one(`""`, `"a"`, `"abc"`, `"Foo bar"`, `"x-y"`, `"é"`)
	}
	d := depth - 1
	sub := func() string { return g.text(d) }
	return g.pick(sub,
		func() string { return fmt.Sprintf("(%s + %s)", sub(), sub()) },
		func() string { return fmt.Sprintf("%s(%s)", g.one("upper case", "lower case"), sub()) },
		func() string {
			return fmt.Sprintf(`substring("abcdef", %s, %d)`, g.one("1", "2", "-3", "4"), 1+g.r.IntN(6))
		},
		func() string {
			return fmt.Sprintf("%s(%s, %s)", g.one("substring before", "substring after"), sub(), g.one(`"a"`, `"o"`, `"-"`))
		},
		func() string { return fmt.Sprintf("(if %s then %s else %s)", g.boolean(d), sub(), sub()) },
		func() string { return fmt.Sprintf(`replace(%s, "[a-c]", "%s")`, sub(), g.one("", "z", "[$0]")) },
		func() string { return fmt.Sprintf(`string join([%s, %s], ",")`, sub(), sub()) },
		func() string { return fmt.Sprintf("string(%d)", g.r.IntN(50)) },
	)
}

func (g *generator) date(int) string {
	day := fmt.Sprintf(`date("20%02d-%02d-%02d")`, 18+g.r.IntN(4), 1+g.r.IntN(12), 1+g.r.IntN(28))
	if g.r.IntN(3) > 0 {
		return day
	}
	return fmt.Sprintf(`(%s %s duration("%s"))`, day, g.one("+", "-"), g.one("P1D", "P40D", "P1M", "P14M", "P1Y"))
}

func (g *generator) daysBetween(d int) string { return g.date(d) + " - " + g.date(d) }

// list is a list of numbers; some has one item at least.
func (g *generator) list(depth int) string {
	if depth <= 0 {
		return g.one("[]", "[1]", "[3, 1, 2]", "[2, 2, 5]", "[-1, 0.5]")
	}
	d := depth - 1
	return g.pick(
		func() string { return g.some(d) },
		func() string {
			list := g.list(d)
			defer g.bind("item")()
			return fmt.Sprintf("%s[%s]", list, g.filter(d))
		},
	)
}

func (g *generator) filter(d int) string {
	return fmt.Sprintf("item %s %s", g.one("<", ">", "=", "!="), g.number(min(d, 1)))
}

func (g *generator) some(depth int) string {
	if depth <= 0 {
		return g.one("[1]", "[3, 1, 2]", "[2, 2, 5]", "[-1, 0.5]")
	}
	d := depth - 1
	return g.pick(
		func() string { return fmt.Sprintf("[%s, %s]", g.number(d), g.number(d)) },
		func() string { return fmt.Sprintf("append(%s, %s)", g.list(d), g.number(d)) },
		func() string { return fmt.Sprintf("concatenate(%s, %s)", g.some(d), g.list(d)) },
		func() string { return fmt.Sprintf("%s(%s)", g.one("reverse", "distinct values", "flatten"), g.some(d)) },
		func() string { return fmt.Sprintf("union(%s, %s)", g.some(d), g.list(d)) },
		func() string { return fmt.Sprintf("sort(%s, function(p, q) p < q)", g.some(d)) },
		func() string { return fmt.Sprintf("sublist(%s, 1)", g.some(d)) },
		func() string { return fmt.Sprintf("insert before(%s, 1, %s)", g.some(d), g.number(d)) },
		func() string { return fmt.Sprintf("(for i in 1..%d return %s)", 1+g.r.IntN(4), g.inLoop(d)) },
	)
}

func (g *generator) inLoop(d int) string {
	defer g.bind("i")()
	return g.number(min(d, 2))
}

// bind puts a number into scope until what it returns is called.
func (g *generator) bind(name string) func() {
	former := g.names
	g.names = append(append([]string{}, former...), name)
	return func() { g.names = former }
}

func (g *generator) expression() string {
	depth := 1 + g.r.IntN(4)
	return strings.TrimSpace(g.pick(
		func() string { return g.number(depth) },
		func() string { return g.boolean(depth) },
		func() string { return g.text(depth) },
		func() string { return g.list(depth) },
		func() string {
			return fmt.Sprintf("{n: %s, t: %s, l: %s}", g.number(depth), g.text(depth), g.list(depth))
		},
	))
}
