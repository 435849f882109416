package coverage_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/calendar"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/dmn"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/dmn/compiler"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
	"github.com/cybermiles/cybermiles/middleware/rules/workbench/coverage"
)

// column is an input column of a test's table.
type column struct{ text, kind, values string }

// source is a table of texts as a compiled model.
func source(t testing.TB, policy, outputValues string, columns []column, rules [][]string) (*dmn.Model, compiler.TableSource) {
	t.Helper()
	escape := strings.NewReplacer("<", "&lt;", ">", "&gt;").Replace
	var b strings.Builder
	b.WriteString(`<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" namespace="test" name="test">`)
	declared := map[string]bool{}
	var needs strings.Builder
	for _, c := range columns {
		if name := strings.Fields(c.text)[0]; !declared[name] {
			declared[name] = true
			fmt.Fprintf(&b, `<inputData id="%s" name="%s"><variable name="%s" typeRef="%s"/></inputData>`, name, name, name, c.kind)
			fmt.Fprintf(&needs, `<informationRequirement><requiredInput href="#%s"/></informationRequirement>`, name)
		}
	}
	fmt.Fprintf(&b, `<decision id="d" name="Result"><variable name="Result"/>%s<decisionTable hitPolicy="%s">`, needs.String(), policy)
	for _, c := range columns {
		fmt.Fprintf(&b, `<input><inputExpression><text>%s</text></inputExpression><inputValues><text>%s</text></inputValues></input>`, c.text, escape(c.values))
	}
	fmt.Fprintf(&b, `<output name="Result"><outputValues><text>%s</text></outputValues></output>`, outputValues)
	for _, r := range rules {
		b.WriteString("\n<rule>")
		for i, entry := range r {
			tag := "inputEntry"
			if i == len(columns) {
				tag = "outputEntry"
			}
			fmt.Fprintf(&b, `<%s><text>%s</text></%s>`, tag, escape(entry), tag)
		}
		b.WriteString(`</rule>`)
	}
	b.WriteString(`</decisionTable></decision></definitions>`)
	var sources []compiler.TableSource
	model, diagnostics, err := compiler.Compile(compiler.Options{Strict: true, Tables: func(s compiler.TableSource) { sources = append(sources, s) }},
		compiler.Source{Name: "test.dmn", XML: []byte(b.String())})
	require.NoError(t, err)
	require.Empty(t, diagnostics)
	require.Len(t, sources, 1)
	return model, sources[0]
}

func messages(t testing.TB, policy, outputValues string, columns []column, rules [][]string) (list []string) {
	for _, f := range coverage.Check(source(t, policy, outputValues, columns, rules)) {
		list = append(list, fmt.Sprintf("%d: %s", f.Line, f.Message))
	}
	return list
}

func TestFindings(t *testing.T) {
	amount, level := column{"amount", "number", ""}, column{"level", "string", `"gold", "silver"`}
	for name, c := range map[string]struct {
		policy, priorities string
		columns            []column
		rules              [][]string
		want               []string
	}{
		"complete": {"UNIQUE", "", []column{amount, level}, [][]string{{"< 10", "-", "1"}, {">= 10", `"gold"`, "2"}, {">= 10", `not("gold")`, "3"}}, nil},
		"gap": {"UNIQUE", "", []column{amount, level}, [][]string{{"< 10", "-", "1"}, {"> 10", `"gold"`, "2"}}, []string{
			`1: no rule matches amount = 11, level = "silver"`, `1: no rule matches amount = 10, level = "gold"`}},
		"overlap": {"UNIQUE", "", []column{amount}, [][]string{{"<= 10", "1"}, {">= 10", "2"}}, []string{
			`3: rules 1 and 2 both match, which a table with the hit policy UNIQUE must not: amount = 10`}},
		"any": {"ANY", "", []column{amount}, [][]string{{"<= 10", "1"}, {">= 10", "1.0"}, {"> 12", "2"}}, []string{
			`4: rules 2 and 3 answer differently where both match, which a table with the hit policy ANY must not: amount = 13`}},
		"first": {"FIRST", "", []column{amount}, [][]string{{"< 10", "1"}, {">= 5", "2"}, {"[3..7]", "3"}}, []string{
			`4: rule 3 never decides: rules 1 and 2 win wherever it matches, for example amount = 3 (rule 1)`}},
		"priority": {"PRIORITY", `"a", "b"`, []column{amount}, [][]string{{"[3..7]", `"b"`}, {"-", `"a"`}}, []string{
			`2: rule 1 never decides: rule 2 wins wherever it matches, for example amount = 3 (rule 2)`}},
		"impossible": {"COLLECT", "", []column{amount}, [][]string{{"[5..1]", "1"}, {"-", "2"}}, []string{
			`2: rule 1 never matches: no value of amount passes its test`}},
		"outside the domain": {"COLLECT", "", []column{level}, [][]string{{`"bronze"`, "1"}, {"-", "2"}}, []string{
			`2: rule 1 never matches: no value of level passes its test`}},
		"same expression":             {"UNIQUE", "", []column{amount, amount}, [][]string{{">= 0", "< 10", "1"}, {"-", ">= 10", "2"}, {"< 0", "-", "3"}}, nil},
		"dates without a day between": {"UNIQUE", "", []column{{"day", "date", ""}}, [][]string{{`< date("2026-01-01")`, "1"}, {`> date("2025-12-31")`, "2"}}, nil},
		"null when it is tested for":  {"UNIQUE", "", []column{amount}, [][]string{{"null", "1"}, {">= 0", "2"}, {"< 0", "3"}}, nil},
		"null alone":                  {"FIRST", "", []column{level}, [][]string{{`"gold", "silver"`, "1"}, {"-", "2"}}, nil},
		"general expression": {"UNIQUE", "", []column{amount}, [][]string{{"< 10", "1"}, {"odd(?)", "2"}}, []string{
			`1: whether every input has a rule is not decided: rule 2 tests with a general expression, and no other rule matches amount = 10`,
			`1: whether rules 1 and 2 overlap is not decided: some test or answer with a general expression`}},
	} {
		t.Run(name, func(t *testing.T) {
			require.ElementsMatch(t, c.want, messages(t, c.policy, c.priorities, c.columns, c.rules))
		})
	}
}

// grid are the values that the brute force tries, with those between the
// constants of random tests.
func grid(kind string) (values []feel.Value) {
	switch kind {
	case "number":
		for n := -1; n < 28; n++ {
			half := feel.Int(n)
			half.Decimal, _ = half.Quo(feel.Int(2).Decimal)
			values = append(values, half)
		}
	case "string":
		values = append(values, feel.String(""), feel.String("other"))
		for c := 'a'; c <= 'm'; c++ {
			values = append(values, feel.String(c), feel.String(string(c)+"x"))
		}
	case "boolean":
		return []feel.Value{feel.Boolean(false), feel.Boolean(true)}
	case "date":
		for n := range int64(15) {
			d, _ := calendar.NewDate(2020, 1, 1)
			d, _ = calendar.DateOfDays(d.Days() + n - 1)
			values = append(values, feel.Date{Date: d})
		}
	}
	return values
}

func randomTest(r *rand.Rand, kind string) string {
	scalar := func() string {
		n := r.IntN(12)
		switch kind {
		case "number":
			return fmt.Sprint(n)
		case "string":
			return fmt.Sprintf(`"%c"`, 'a'+n)
		case "boolean":
			return []string{"true", "false"}[n%2]
		}
		return fmt.Sprintf(`date("2020-01-%02d")`, n+1)
	}
	switch r.IntN(12) {
	case 0, 1, 2:
		return "-"
	case 3:
		return "not(" + scalar() + ", " + scalar() + ")"
	case 4:
		return scalar() + ", " + scalar()
	case 5, 6, 7:
		if kind == "boolean" {
			return scalar()
		}
		return []string{"<", "<=", ">", ">="}[r.IntN(4)] + " " + scalar()
	case 8, 9:
		if kind == "boolean" {
			return "-"
		}
		return "[" + scalar() + ".." + scalar() + ")"
	case 10:
		return "[" + scalar() + ", " + scalar() + "]"
	}
	return scalar()
}

// TestAgainstBruteForce compares the findings of small random tables with trying
// every input of a grid.
func TestAgainstBruteForce(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	kinds := []string{"number", "string", "boolean", "date"}
	counts := map[coverage.Kind]int{}
	for round := range 400 {
		policy := []string{"UNIQUE", "ANY", "FIRST", "PRIORITY", "COLLECT"}[round%5]
		columns := make([]column, 1+r.IntN(3))
		for i := range columns {
			columns[i] = column{text: fmt.Sprintf("in%d", i), kind: kinds[r.IntN(4)]}
			if r.IntN(3) == 0 && columns[i].kind != "boolean" {
				columns[i].values = strings.Trim(strings.Replace(randomTest(r, columns[i].kind), "-", "", 1), " ")
				if strings.HasPrefix(columns[i].values, "date") || columns[i].kind == "date" {
					columns[i].values = ""
				}
			}
		}
		rules := make([][]string, 1+r.IntN(7))
		for i := range rules {
			for _, c := range columns {
				rules[i] = append(rules[i], randomTest(r, c.kind))
			}
			rules[i] = append(rules[i], fmt.Sprint(r.IntN(3)))
		}
		model, table := source(t, policy, "2, 0", columns, rules)
		brute := tryAll(table, columns)
		label := fmt.Sprintf("round %d: %s %v %v", round, policy, columns, rules)
		gap, gaps := false, 0
		var overlaps, unreachable [][]int
		for _, f := range coverage.Check(model, table) {
			counts[f.Kind]++
			require.NotEqual(t, coverage.Undecided, f.Kind, label)
			if len(f.Example) > 0 {
				matched := matches(table, values(f.Example))
				require.Subset(t, matched, f.Rules, label)
				require.True(t, passesDomain(table, values(f.Example)), label)
				if f.Kind == coverage.Gap {
					require.Empty(t, matched, label)
				}
			}
			switch f.Kind {
			case coverage.Gap:
				gap = true
				gaps++
			case coverage.Overlap:
				overlaps = append(overlaps, f.Rules)
			case coverage.Unreachable:
				unreachable = append(unreachable, f.Rules)
			}
		}
		require.Equal(t, brute.gap, gap, label)
		if len(overlaps) <= 20 {
			require.ElementsMatch(t, brute.overlaps(table), overlaps, label)
		}
		require.ElementsMatch(t, brute.unreachable(table), unreachable, label)
	}
	for _, kind := range []coverage.Kind{coverage.Gap, coverage.Overlap, coverage.Unreachable} {
		require.Greater(t, counts[kind], 50, kind.String())
	}
}

func values(example []coverage.Input) (list []feel.Value) {
	for _, in := range example {
		list = append(list, in.Value)
	}
	return list
}

func holds(test feel.Expr, v feel.Value) bool {
	m := feel.NewMachine(nil, feel.DefaultLimits, calendar.DateTime{})
	return test.Eval(m, feel.NewEnv(nil).Push(v)) == feel.Boolean(true)
}

func passesDomain(table compiler.TableSource, inputs []feel.Value) bool {
	for i, in := range table.Inputs {
		if in.Values != nil && inputs[i] != nil && !holds(in.Values, inputs[i]) {
			return false
		}
	}
	return true
}

// matches are the rules that match, from 1.
func matches(s compiler.TableSource, inputs []feel.Value) (rules []int) {
	t := s.Table
	width := len(t.Inputs) + len(t.Outputs)
	for r := range t.Rules() {
		ok := true
		for i, v := range inputs {
			ok = ok && holds(t.Tests[t.Entries[r*width+i]], v)
		}
		if ok {
			rules = append(rules, r+1)
		}
	}
	return rules
}

// tried is what every input of a grid matched, and those with null besides.
type tried struct {
	gap      bool
	matched  [][]int
	withNull [][]int
}

func tryAll(table compiler.TableSource, columns []column) (result tried) {
	var walk func(inputs []feel.Value)
	walk = func(inputs []feel.Value) {
		if n := len(inputs); n < len(columns) {
			for _, v := range append(grid(columns[n].kind), nil) {
				walk(append(slices.Clone(inputs), v))
			}
			return
		}
		if !passesDomain(table, inputs) {
			return
		}
		matched := matches(table, inputs)
		result.withNull = append(result.withNull, matched)
		if slices.Contains(inputs, nil) {
			return
		}
		result.gap = result.gap || len(matched) == 0
		result.matched = append(result.matched, matched)
	}
	walk(nil)
	return result
}

func answer(s compiler.TableSource, rule int) string {
	t := s.Table
	return feel.Text(t.Results[t.Entries[rule*(len(t.Inputs)+1)-1]].(*feel.Const).Value)
}

func (b tried) overlaps(s compiler.TableSource) (pairs [][]int) {
	if s.Table.Policy != dmn.Unique && s.Table.Policy != dmn.Any {
		return nil
	}
	known := map[[2]int]bool{}
	for _, matched := range b.matched {
		for j := range matched {
			for i := range j {
				pair := [2]int{matched[i], matched[j]}
				if !known[pair] && (s.Table.Policy == dmn.Unique || answer(s, pair[0]) != answer(s, pair[1])) {
					known[pair] = true
					pairs = append(pairs, pair[:])
				}
			}
		}
	}
	return pairs
}

func (b tried) unreachable(s compiler.TableSource) (rules [][]int) {
	wins, matches := map[int]bool{}, map[int]bool{}
	for _, matched := range b.withNull {
		if len(matched) == 0 {
			continue
		}
		best := matched[0]
		for _, r := range matched {
			matches[r] = true
			rank := map[string]int{"2": 0, "0": 1, "1": 2}
			if s.Table.Policy == dmn.Priority && rank[answer(s, r)] < rank[answer(s, best)] {
				best = r
			}
		}
		wins[best] = true
	}
	for r := 1; r <= s.Table.Rules(); r++ {
		decides := wins[r] || s.Table.Policy != dmn.First && s.Table.Policy != dmn.Priority
		if !matches[r] || !decides {
			rules = append(rules, []int{r})
		}
	}
	return rules
}

// A table as large as the one of the DMCommunity challenge, complete and without
// overlaps, is decided, and one rule left out or drawn twice is found.
func TestLargeTable(t *testing.T) {
	columns := []column{{"service", "string", ""}, {"size", "number", ""}, {"network", "boolean", ""}, {"age", "number", "[0..120]"}}
	var rules [][]string
	for i := 0; len(rules) < 16_369-2; i++ {
		service := fmt.Sprintf(`"S%04d"`, i)
		for size := 0; size < 500; size += 100 {
			rules = append(rules, []string{service, fmt.Sprintf("[%d..%d)", size, size+100), "true", "-", "1"},
				[]string{service, fmt.Sprintf("[%d..%d)", size, size+100), "false", "< 65", "2"},
				[]string{service, fmt.Sprintf("[%d..%d)", size, size+100), "false", ">= 65", "3"})
		}
	}
	var codes []string
	for i := range len(rules) / 15 {
		codes = append(codes, fmt.Sprintf(`"S%04d"`, i))
	}
	all := strings.Join(codes, ", ")
	rules = append(rules, []string{all, "< 0", "-", "-", "4"}, []string{all, ">= 500", "-", "-", "5"}, []string{"not(" + all + ")", "-", "-", "-", "6"})
	start := time.Now()
	require.Empty(t, messages(t, "UNIQUE", "", columns, rules))
	t.Logf("%d rules: %s", len(rules), time.Since(start))

	broken := slices.Clone(rules)
	broken[9000] = []string{`"S0001"`, "[50..60]", "true", "> 100", "1"}
	list := messages(t, "UNIQUE", "", columns, broken)
	require.Len(t, list, 2)
	require.Contains(t, strings.Join(list, "\n"), `no rule matches service = "S0600"`)
	require.Contains(t, strings.Join(list, "\n"), `rules 16 and 9001 both match, which a table with the hit policy UNIQUE must not: service = "S0001", size = 50, network = true, age = `)

	start = time.Now()
	first := append(slices.Clone(rules), []string{`"S0007"`, "[20..330]", "true, false", ">= 0", "7"})
	list = messages(t, "FIRST", "", columns, first)
	t.Logf("first: %s", time.Since(start))
	require.Len(t, list, 1)
	require.Contains(t, list[0], "never decides: rules 106, 107, 108, 109, 110 and 7 more win wherever it matches")
}

// A table made to be hard, few values in each of eight columns, ends within the
// budget: what was not decided is said.
func TestHardTableEnds(t *testing.T) {
	if testing.Short() {
		t.Skip("some seconds")
	}
	r := rand.New(rand.NewPCG(13, 14))
	columns := make([]column, 8)
	for i := range columns {
		columns[i] = column{fmt.Sprintf("in%d", i), "number", ""}
	}
	var rules [][]string
	for range 16_369 {
		var rule []string
		for range columns {
			rule = append(rule, []string{"-", fmt.Sprint(r.IntN(5)), fmt.Sprintf("< %d", r.IntN(6)), fmt.Sprint(r.IntN(5))}[r.IntN(4)])
		}
		rules = append(rules, append(rule, "1"))
	}
	for _, policy := range []string{"FIRST", "UNIQUE"} {
		start := time.Now()
		list := messages(t, policy, "", columns, rules)
		t.Logf("%s: %s, %d findings, the last: %s", policy, time.Since(start), len(list), list[len(list)-1])
		require.NotEmpty(t, list)
		require.Less(t, time.Since(start), 2*time.Minute)
	}
}
