package rete

import (
	"testing"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/rete/model"
)

// TestSharing: rules that begin alike share nodes, joins that look facts up
// under the same slots share an index, and equal constant tests an alpha node.
func TestSharing(t *testing.T) {
	fact := func(level, slot uint32) model.Node { return model.Node{Op: model.OpField, A: level, B: slot} }
	rule := func(name string, salience int32, last uint32) model.Rule {
		return model.Rule{
			Name: name, Salience: salience,
			Code: model.Code{Nodes: []model.Node{
				fact(0, 0), {Op: model.OpConst, A: 0}, {Op: model.OpEq, A: 0, B: 1}, // x == 1
				fact(1, 0), fact(0, 1), {Op: model.OpEq, A: 3, B: 4}, // x == first y
				fact(2, 0), fact(last, 1), {Op: model.OpEq, A: 6, B: 7}, // x == y of another
			}},
			Conds: []model.Cond{
				{Kind: model.Pattern, Tests: []uint32{2}},
				{Kind: model.Pattern, Tests: []uint32{5}},
				{Kind: model.Pattern, Tests: []uint32{8}},
			},
		}
	}
	load := func(rules ...model.Rule) *Engine {
		e, err := Load(&model.Model{
			Groups: []string{"MAIN"}, Consts: []model.Const{{Type: model.Int, Text: "1"}},
			Templates: []model.Template{{Name: "T", Slots: []model.Slot{
				{Name: "x", Type: model.Int, Default: 0}, {Name: "y", Type: model.Int, Default: 0}}}},
			Rules: rules,
		})
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	for _, c := range []struct {
		rules   []model.Rule
		nodes   int // without node 0
		indexes int
	}{
		{[]model.Rule{rule("a", 0, 0)}, 4, 1},
		{[]model.Rule{rule("a", 0, 0), rule("b", 5, 0)}, 5, 1}, // but for the terminal all shared
		{[]model.Rule{rule("a", 0, 0), rule("b", 0, 1)}, 6, 1}, // the last join differs
	} {
		e := load(c.rules...)
		if len(e.nodes)-1 != c.nodes || len(e.indexes) != c.indexes || len(e.templates[0].tree) != 2 {
			t.Errorf("%d rules: %d nodes, %d indexes, %d alpha nodes; expected %d, %d, 2",
				len(c.rules), len(e.nodes)-1, len(e.indexes), len(e.templates[0].tree), c.nodes, c.indexes)
		}
	}
}
