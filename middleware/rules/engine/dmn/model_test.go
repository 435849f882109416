package dmn_test

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/calendar"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/dmn"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/dmn/compiler"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

func lending(t testing.TB) *dmn.Model {
	t.Helper()
	source, err := os.ReadFile("testdata/lending.dmn")
	if err != nil {
		t.Fatal(err)
	}
	model, diagnostics, err := compiler.Compile(compiler.Options{Strict: true}, compiler.Source{Name: "lending.dmn", XML: source})
	if err != nil || len(diagnostics) > 0 {
		t.Fatal(err, diagnostics)
	}
	return model
}

// trace records what an evaluation does.
type trace struct {
	decided []string
	matched []string
	model   *dmn.Model
}

func (tr *trace) Decided(i int, v feel.Value) {
	tr.decided = append(tr.decided, tr.model.Elements[i].Name+" = "+feel.Text(v))
}

func (tr *trace) Matched(t *dmn.Table, rules []int) {
	tr.matched = append(tr.matched, t.Name)
	for _, r := range rules {
		tr.matched = append(tr.matched, string(rune('1'+r)))
	}
}

func applicant(score, income int) *feel.Context {
	return feel.NewContext(feel.Entry{Key: "Credit score", Value: feel.Int(score)}, feel.Entry{Key: "Monthly income", Value: feel.Int(income)})
}

// TestEvaluation runs a graph with a table, knowledge, a boxed context and a
// decision service.
func TestEvaluation(t *testing.T) {
	model := lending(t)
	tr := &trace{model: model}
	e := dmn.NewEvaluation(model, feel.NewMachine(nil, feel.DefaultLimits, now), tr)
	if err := e.SetNamed("Applicant", "", applicant(700, 5000)); err != nil {
		t.Fatal(err)
	}
	if err := e.SetNamed("Amount", "", feel.Int(30000)); err != nil {
		t.Fatal(err)
	}
	v, err := e.GetNamed("Offer", "")
	if err != nil || feel.Text(v) != `{Risk: "LOW", Rate: 0.05, Installment: 625, Affordable: true}` {
		t.Fatalf("%s, %v", feel.Text(v), err)
	}
	if got := strings.Join(tr.decided, "; "); !strings.HasPrefix(got, `Risk = "LOW"; Offer = `) {
		t.Errorf("decided %s", got)
	}
	if got := strings.Join(tr.matched, " "); got != "Risk 2" {
		t.Errorf("matched %s", got)
	}
	if _, err := e.GetNamed("Nothing", ""); !errors.Is(err, dmn.ErrUnknownElement) {
		t.Errorf("an unknown decision: %v", err)
	}
	service := model.Find("Risk service", "")
	v, err = e.Invoke(service, feel.NewContext(feel.Entry{Key: "Applicant", Value: applicant(500, 1)}))
	if err != nil || feel.Text(v) != `"HIGH"` {
		t.Errorf("service: %s, %v", feel.Text(v), err)
	}
}

// TestConstraints gives inputs that their item definitions do not allow.
func TestConstraints(t *testing.T) {
	e := dmn.NewEvaluation(lending(t), feel.NewMachine(nil, feel.DefaultLimits, now), nil)
	for _, v := range []feel.Value{applicant(100, 1), feel.String("x"), feel.NewContext(feel.Entry{Key: "Credit score", Value: feel.Int(500)})} {
		if err := e.SetNamed("Applicant", "", v); err != nil {
			t.Fatal(err)
		}
		if i := e.Global(nil, 0); i != nil {
			t.Errorf("%s was taken as %s", feel.Text(v), feel.Text(i))
		}
	}
	if err := e.SetNamed("Applicant", "", feel.List{applicant(700, 1)}); err != nil || e.Global(nil, 0) == nil {
		t.Error("a list of one applicant is no applicant")
	}
}

func TestHitPolicies(t *testing.T) {
	rules := [][]string{{"> 1", "10"}, {"> 2", "20"}, {"> 3", "20"}}
	for policy, want := range map[string][3]string{ // for 2, 3 and 0
		"UNIQUE": {"10", "null", "null"}, "ANY": {"10", "null", "null"}, "FIRST": {"10", "10", "null"}, "RULE ORDER": {"[10]", "[10, 20]", "[]"},
		"COLLECT": {"[10]", "[10, 20]", "[]"}, `COLLECT" aggregation="SUM`: {"10", "30", "null"}, `COLLECT" aggregation="COUNT`: {"1", "2", "0"},
		`COLLECT" aggregation="MIN`: {"10", "10", "null"}, `COLLECT" aggregation="MAX`: {"10", "20", "null"},
	} {
		model := tableModel(t, policy, []string{"x"}, []string{"number"}, rules)
		for i, x := range []int{2, 3, 0} {
			e := dmn.NewEvaluation(model, feel.NewMachine(nil, feel.DefaultLimits, now), nil)
			e.Set(0, feel.Int(x))
			if v, err := e.Get(1); err != nil || feel.Text(v) != want[i] {
				t.Errorf("%s of %d: %s, %v; want %s", policy, x, feel.Text(v), err, want[i])
			}
		}
	}
}

func TestRoundTrip(t *testing.T) {
	model := lending(t)
	data := model.Encode()
	again, err := dmn.Decode(data)
	if err != nil || !bytes.Equal(again.Encode(), data) {
		t.Fatalf("the model changes when it is encoded and decoded: %v", err)
	}
	for i := range data {
		if _, err := dmn.Decode(data[:i]); err == nil {
			t.Fatalf("the first %d of %d bytes decode", i, len(data))
		}
	}
	if _, err := dmn.Decode(append(data, 0)); !errors.Is(err, feel.ErrMalformed) {
		t.Errorf("a byte too many: %v", err)
	}
	if _, err := dmn.Decode(make([]byte, dmn.MaxModel+1)); !errors.Is(err, feel.ErrMalformed) {
		t.Errorf("a byte over the limit: %v", err)
	}
}

// TestCompilationIsDeterministic compiles one source often; the bytes are what
// a chain stores and anybody may recompute.
func TestCompilationIsDeterministic(t *testing.T) {
	first := lending(t).Encode()
	for range 20 {
		if !bytes.Equal(lending(t).Encode(), first) {
			t.Fatal("one source compiles to different models")
		}
	}
}

// TestLongChain evaluates decisions that require one another, as many as may
// nest and one more.
func TestLongChain(t *testing.T) {
	for _, c := range []struct {
		length int
		ok     bool
	}{{feel.DefaultLimits.Calls, true}, {feel.DefaultLimits.Calls + 1, false}} {
		m := &dmn.Model{Elements: make([]dmn.Element, c.length)}
		for i := range m.Elements {
			m.Elements[i] = dmn.Element{Kind: dmn.Decision, Name: "d", Logic: &feel.Const{Value: feel.Int(7)}}
			if i+1 < c.length {
				m.Elements[i].Logic = &feel.Global{Index: i + 1}
			}
		}
		v, err := dmn.NewEvaluation(m, feel.NewMachine(nil, feel.DefaultLimits, now), nil).Get(0)
		if c.ok && (err != nil || feel.Text(v) != "7") || !c.ok && !errors.Is(err, feel.ErrLimit) {
			t.Errorf("%d decisions: %s, %v", c.length, feel.Text(v), err)
		}
	}
	loop := &dmn.Model{Elements: []dmn.Element{{Kind: dmn.Decision, Name: "d", Logic: &feel.Global{}}}}
	if _, err := dmn.NewEvaluation(loop, feel.NewMachine(nil, feel.DefaultLimits, now), nil).Get(0); !errors.Is(err, dmn.ErrCycle) {
		t.Errorf("a decision that requires itself: %v", err)
	}
}

// TestRuleLimit compiles as many rules as are allowed, and one more.
func TestRuleLimit(t *testing.T) {
	for _, c := range []struct {
		rules int
		ok    bool
	}{{dmn.MaxRules, true}, {dmn.MaxRules + 1, false}} {
		table := &dmn.Table{Inputs: []feel.Expr{&feel.Const{}}, Outputs: []dmn.Output{{}}, Tests: []*feel.Tests{{}}, Results: []feel.Expr{&feel.Const{}}}
		table.Entries = make([]int32, 2*c.rules)
		m := &dmn.Model{Elements: []dmn.Element{{Kind: dmn.Decision, Name: "d", Logic: table}}}
		if _, err := dmn.Decode(m.Encode()); (err == nil) != c.ok {
			t.Errorf("%d rules: %v", c.rules, err)
		}
	}
}

// FuzzDecode feeds any bytes to the decoder, and evaluates what it accepts.
func FuzzDecode(f *testing.F) {
	f.Add(lending(f).Encode())
	f.Add(smallTable(f).Encode())
	f.Fuzz(func(t *testing.T, data []byte) {
		model, err := dmn.Decode(data)
		if err != nil {
			return
		}
		if !bytes.Equal(model.Encode(), model.Encode()) {
			t.Fatal("a model has two encodings")
		}
		m := feel.NewMachine(&limited{50_000}, feel.DefaultLimits, calendar.DateTime{})
		e := dmn.NewEvaluation(model, m, nil)
		for i := range model.Elements {
			if model.Elements[i].Kind == dmn.InputData {
				e.Set(i, feel.Int(i))
			}
		}
		for i := range model.Elements {
			if _, err := e.Get(i); err != nil {
				return
			}
		}
	})
}

type limited struct{ left uint64 }

func (l *limited) Charge(units uint64) error {
	if units > l.left {
		return errors.New("used up")
	}
	l.left -= units
	return nil
}
