package model

import (
	"errors"
	"reflect"
	"testing"
)

// sample is a model that uses every construct.
func sample() *Model {
	fact := func(level, slot uint32) Node { return Node{Op: OpField, A: level, B: slot} }
	return &Model{
		Consts: []Const{{Int, "1"}, {Decimal, "2.5"}, {String, "a"}, {Boolean, "true"}},
		Groups: []string{"MAIN", "risk"},
		Templates: []Template{
			{Name: "T", Slots: []Slot{{"x", Int, NoDefault}, {"y", Decimal, 1}, {"s", String, 2}, {"b", Boolean, 3}}},
		},
		Functions: []Function{{Name: "inc", Params: []Type{Int}, Result: Int, Body: 2, Code: Code{
			Nodes: []Node{{Op: OpParam}, {Op: OpConst}, {Op: OpAdd, A: 0, B: 1}}}}},
		Rules: []Rule{{
			Name: "r", Line: 7, Salience: -3, Group: 1, NoLoop: true, LockOnActive: true,
			Code: Code{
				Nodes: []Node{
					fact(0, 0), {Op: OpConst, A: 0}, {Op: OpGt, A: 0, B: 1}, // 2: T.x > 1
					fact(1, 3),                                 // 3: inner b
					fact(1, 0),                                 // 4: inner x
					fact(1, 0), {Op: OpCall, A: 0, B: 0, C: 1}, // 6: inc(sum)
					fact(1, 0), // 7
				},
				Args: []uint32{5},
			},
			Conds: []Cond{
				{Kind: Pattern, Template: 0, Tests: []uint32{2}},
				{Kind: Not, Sub: []Cond{{Kind: Pattern, Tests: []uint32{3}}}},
				{Kind: Accumulate, Sub: []Cond{{Kind: Pattern}}, Folds: []Fold{{Sum, 4}, {Count, 0}}},
			},
			Actions: []Action{
				{Kind: Let, Sets: []Set{{Expr: 6}}},
				{Kind: Update, Target: 0, Sets: []Set{{Slot: 0, Expr: 7}}},
				{Kind: Focus, Target: 1},
				{Kind: Halt},
			},
		}},
	}
}

func TestEncodeDecode(t *testing.T) {
	m := sample()
	encoded, err := Encode(m)
	if err != nil {
		t.Fatal(err)
	}
	back, err := Decode(encoded)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(m, back) {
		t.Errorf("decoded %+v, expected %+v", back, m)
	}
	for n := range encoded {
		if _, err := Decode(encoded[:n]); !errors.Is(err, ErrModel) {
			t.Errorf("the first %d of %d bytes: %v", n, len(encoded), err)
		}
	}
	if _, err := Decode(append(encoded, 0)); !errors.Is(err, ErrModel) {
		t.Errorf("a trailing byte: %v", err)
	}
}

// TestVerifyRefuses breaks the sample in one place at a time.
func TestVerifyRefuses(t *testing.T) {
	for name, breakIt := range map[string]func(m *Model){
		"constant of no type":       func(m *Model) { m.Consts[0].Type = ListInt },
		"int with a fraction":       func(m *Model) { m.Consts[0].Text = "1.5" },
		"number not canonical":      func(m *Model) { m.Consts[1].Text = "2.50" },
		"number out of range":       func(m *Model) { m.Consts[1].Text = "1E+6145" },
		"string not UTF-8":          func(m *Model) { m.Consts[2].Text = "\xff" },
		"boolean of another word":   func(m *Model) { m.Consts[3].Text = "yes" },
		"no MAIN":                   func(m *Model) { m.Groups[0] = "main" },
		"group twice":               func(m *Model) { m.Groups[1] = "MAIN" },
		"slot twice":                func(m *Model) { m.Templates[0].Slots[1].Name = "x" },
		"default of another type":   func(m *Model) { m.Templates[0].Slots[1].Default = 2 },
		"default out of range":      func(m *Model) { m.Templates[0].Slots[1].Default = 4 },
		"function calls itself":     func(m *Model) { m.Functions[0].Code.Nodes[1] = Node{Op: OpCall, C: 1} },
		"function returns a string": func(m *Model) { m.Functions[0].Result = String },
		"parameter out of range":    func(m *Model) { m.Functions[0].Code.Nodes[0].A = 1 },
		"node refers to itself":     func(m *Model) { m.Rules[0].Code.Nodes[2].A = 2 },
		"node used twice":           func(m *Model) { m.Rules[0].Code.Nodes[2].B = 0 },
		"node unused":               func(m *Model) { m.Rules[0].Code.Nodes = append(m.Rules[0].Code.Nodes, Node{Op: OpConst}) },
		"unknown operation":         func(m *Model) { m.Rules[0].Code.Nodes[2].Op = 250 },
		"no operation":              func(m *Model) { m.Rules[0].Code.Nodes[2].Op = 0 },
		"level out of scope":        func(m *Model) { m.Rules[0].Code.Nodes[0].A = 1 },
		"level of an ended not":     func(m *Model) { m.Rules[0].Code.Nodes[7].A = 2 },
		"slot out of range":         func(m *Model) { m.Rules[0].Code.Nodes[0].B = 4 },
		"result out of range":       func(m *Model) { m.Rules[0].Code.Nodes[7].B = 2 },
		"constraint no boolean":     func(m *Model) { m.Rules[0].Code.Nodes[3].B = 0 },
		"argument missing":          func(m *Model) { m.Rules[0].Code.Nodes[6].C = 0 },
		"argument list misplaced":   func(m *Model) { m.Rules[0].Code.Nodes[6].B = 1 },
		"function out of range":     func(m *Model) { m.Rules[0].Code.Nodes[6].A = 1 },
		"group out of range":        func(m *Model) { m.Rules[0].Group = 2 },
		"salience out of range":     func(m *Model) { m.Rules[0].Salience = MaxSalience + 1 },
		"template out of range":     func(m *Model) { m.Rules[0].Conds[0].Template = 1 },
		"not without inner":         func(m *Model) { m.Rules[0].Conds[1].Sub = nil },
		"accumulate without folds":  func(m *Model) { m.Rules[0].Conds[2].Folds = nil },
		"unknown fold":              func(m *Model) { m.Rules[0].Conds[2].Folds[0].Func = 9 },
		"count with expression":     func(m *Model) { m.Rules[0].Conds[2].Folds[1].Expr = 1 },
		"unknown condition":         func(m *Model) { m.Rules[0].Conds[0].Kind = 9 },
		"test without expression":   func(m *Model) { m.Rules[0].Conds = append(m.Rules[0].Conds, Cond{Kind: Test}) },
		"update of no fact":         func(m *Model) { m.Rules[0].Actions[1].Target = 1 },
		"update of a wrong type":    func(m *Model) { m.Rules[0].Actions[1].Sets[0].Slot = 2 },
		"insert without a slot":     func(m *Model) { m.Rules[0].Actions[1] = Action{Kind: Insert} },
		"focus out of range":        func(m *Model) { m.Rules[0].Actions[2].Target = 2 },
		"halt with target":          func(m *Model) { m.Rules[0].Actions[3].Target = 1 },
		"emit without name":         func(m *Model) { m.Rules[0].Actions[3].Kind = Emit },
		"unknown action":            func(m *Model) { m.Rules[0].Actions[3].Kind = 99 },
		"local before its let":      func(m *Model) { m.Rules[0].Code.Nodes[5] = Node{Op: OpLocal} },
		"rule twice":                func(m *Model) { m.Rules = append(m.Rules, Rule{Name: "r"}) },
		"empty rule name":           func(m *Model) { m.Rules[0].Name = "" },
	} {
		m := sample()
		breakIt(m)
		if err := m.Verify(); !errors.Is(err, ErrModel) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := Encode(m); !errors.Is(err, ErrModel) {
			t.Errorf("%s: encodes, %v", name, err)
		}
	}
}

func TestParseNumber(t *testing.T) {
	for in, want := range map[string]string{
		"0": "0", "-0": "0", "0.00": "0", "1.50": "1.5", "100": "100", "1e3": "1000", "-1E-3": "-0.001",
		"1E+100": "1E+100", "9999999999999999999999999999999999": "9999999999999999999999999999999999",
		"1E+6144": "1E+6144", "1E-6143": "1E-6143",
		"": "", "x": "", "NaN": "", "Infinity": "", "1e": "", "--1": "", ".": "", "1E+6145": "", "1E-6144": "",
		"99999999999999999999999999999999999": "", "1e99999999999": "", "0x10": "",
	} {
		d, err := ParseNumber(in)
		switch {
		case want == "" && err == nil:
			t.Errorf("%q is taken for %s", in, FormatNumber(d))
		case want != "" && err != nil:
			t.Errorf("%q: %v", in, err)
		case want != "" && FormatNumber(d) != want:
			t.Errorf("%q gives %s, expected %s", in, FormatNumber(d), want)
		}
	}
}

// FuzzDecode: what decodes encodes to the same bytes.
func FuzzDecode(f *testing.F) {
	encoded, err := Encode(sample())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(encoded)
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Decode(data)
		if err != nil {
			if !errors.Is(err, ErrModel) {
				t.Fatalf("an error that is not ErrModel: %v", err)
			}
			return
		}
		again, err := Encode(m)
		if err != nil || string(again) != string(data) {
			t.Fatalf("it decodes but encodes to other bytes (%v)", err)
		}
	})
}
