package dmn

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/calendar"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel/parser"
)

// randomEntry draws an input entry of a kind of column.
func randomEntry(r *rand.Rand, kind int) string {
	n := func() int { return r.IntN(12) }
	scalar := func() string {
		switch kind {
		case 0:
			return fmt.Sprint(n())
		case 1:
			return fmt.Sprintf(`"%c"`, 'a'+n())
		case 2:
			return []string{"true", "false"}[r.IntN(2)]
		}
		return fmt.Sprintf(`date("2020-01-%02d")`, n()+1)
	}
	switch r.IntN(14) {
	case 0, 1:
		return "-"
	case 2:
		return scalar() + ", " + scalar()
	case 3:
		return "not(" + scalar() + ", " + scalar() + ")"
	case 4:
		return []string{"<", "<=", ">", ">=", "=", "!="}[r.IntN(6)] + " " + scalar()
	case 5:
		return "[" + scalar() + ".." + scalar() + ")"
	case 6:
		return "]" + scalar() + ".." + scalar() + "]"
	case 7:
		return "[" + scalar() + ", " + scalar() + "]"
	case 8:
		return "? = " + scalar()
	case 9:
		return "null"
	case 10:
		return fmt.Sprint(n()) // perhaps of another kind
	case 11:
		return "not(< " + scalar() + ")"
	}
	return scalar()
}

func randomInput(r *rand.Rand, kind int) feel.Value {
	switch r.IntN(12) {
	case 0:
		return nil
	case 1:
		return feel.List{feel.Int(r.IntN(12)), feel.Int(r.IntN(12))}
	case 2:
		kind = r.IntN(4)
	}
	switch kind {
	case 0:
		return feel.Int(r.IntN(14) - 1)
	case 1:
		return feel.String(rune('a' + r.IntN(14)))
	case 2:
		return feel.Boolean(r.IntN(2) == 0)
	}
	d, _ := calendar.NewDate(2020, 1, int64(r.IntN(14)+1))
	return feel.Date{Date: d}
}

// TestIndexAgainstScan compares the index with evaluating every test of every
// rule, for small and large tables.
func TestIndexAgainstScan(t *testing.T) {
	r := rand.New(rand.NewPCG(21, 22))
	scope := parser.NewScope()
	for round := range 120 {
		rules := []int{1, 7, indexedRules - 1, indexedRules, 300, 2000}[round%6]
		columns := 1 + r.IntN(4)
		table := &Table{Policy: RuleOrder, Outputs: []Output{{}}, Results: []feel.Expr{&feel.Const{}}}
		kinds := make([]int, columns)
		for c := range kinds {
			kinds[c] = r.IntN(4)
			table.Inputs = append(table.Inputs, &feel.Const{})
		}
		for range rules {
			for _, kind := range kinds {
				src := randomEntry(r, kind)
				if r.IntN(4) == 0 && rules > 300 {
					src = "-" // let candidates be many
				}
				test, _, err := parser.UnaryTests(src, scope)
				if err != nil {
					t.Fatalf("%s: %v", src, err)
				}
				table.Entries = append(table.Entries, int32(len(table.Tests)))
				table.Tests = append(table.Tests, test)
			}
			table.Entries = append(table.Entries, 0)
		}
		table.Prepare()
		bare := newIndex(table)
		for c := range bare.columns { // as if the budgets were used up
			bare.columns[c].leaves, bare.columns[c].sets = 0, nil
		}
		for range 60 {
			inputs := make([]feel.Value, columns)
			for c := range inputs {
				inputs[c] = randomInput(r, kinds[c])
			}
			m := feel.NewMachine(nil, feel.DefaultLimits, calendar.DateTime{})
			env := feel.NewEnv(nil)
			want := table.index.scan(m, env, inputs, nil)
			for name, x := range map[string]*index{"index": table.index, "index without trees": bare} {
				if got := x.match(m, env, inputs, nil); !slices.Equal(got, want) || m.Err() != nil {
					t.Fatalf("round %d, %d rules, inputs %s: %s finds %v, scan %v, %v", round, rules, feel.Text(feel.List(inputs)), name, got, want, m.Err())
				}
			}
		}
	}
}
