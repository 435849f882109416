package compiler

import (
	"encoding/xml"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/calendar"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/decimal"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/dmn"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// The DMN Technology Compatibility Kit. DMN_TCK_DIR is the folder that holds
// level-2 and level-3; a folder may hold only one.

type tckFile struct {
	Model string    `xml:"modelName"`
	Cases []tckCase `xml:"testCase"`
}

type tckCase struct {
	ID        string    `xml:"id,attr"`
	Type      string    `xml:"type,attr"`
	Invocable string    `xml:"invocableName,attr"`
	Inputs    []tckNode `xml:"inputNode"`
	Results   []tckNode `xml:"resultNode"`
}

type tckNode struct {
	Name      string    `xml:"name,attr"`
	Namespace string    `xml:"namespace,attr"`
	Error     bool      `xml:"errorResult,attr"`
	Expected  *tckValue `xml:"expected"`
	tckValue
}

type tckValue struct {
	Nil        string     `xml:"http://www.w3.org/2001/XMLSchema-instance nil,attr"`
	Value      *tckScalar `xml:"value"`
	Components []tckPart  `xml:"component"`
	List       *tckList   `xml:"list"`
}

type tckPart struct {
	Name string `xml:"name,attr"`
	tckValue
}

type tckList struct {
	Nil   string     `xml:"http://www.w3.org/2001/XMLSchema-instance nil,attr"`
	Items []tckValue `xml:"item"`
}

type tckScalar struct {
	Type string `xml:"http://www.w3.org/2001/XMLSchema-instance type,attr"`
	Nil  string `xml:"http://www.w3.org/2001/XMLSchema-instance nil,attr"`
	Text string `xml:",chardata"`
}

func (v *tckValue) value() feel.Value {
	switch {
	case v == nil || v.Nil == "true":
		return nil
	case v.Value != nil:
		return v.Value.value()
	case v.List != nil:
		if v.List.Nil == "true" {
			return nil
		}
		out := feel.List{}
		for i := range v.List.Items {
			out = append(out, v.List.Items[i].value())
		}
		return out
	case len(v.Components) > 0:
		var entries []feel.Entry
		for i := range v.Components {
			entries = append(entries, feel.Entry{Key: v.Components[i].Name, Value: v.Components[i].value()})
		}
		return feel.NewContext(entries...)
	}
	return nil
}

func (s *tckScalar) value() feel.Value {
	if s.Nil == "true" {
		return nil
	}
	_, local, _ := strings.Cut(s.Type, ":")
	text := strings.TrimSpace(s.Text)
	switch local {
	case "decimal", "double", "integer", "int", "long", "float":
		d, ok := decimal.Parse(text)
		if !ok {
			return feel.String("not a number: " + text)
		}
		return feel.Number{Decimal: d}
	case "boolean":
		return feel.Boolean(text == "true")
	case "date", "time", "dateTime", "duration":
		if v := feel.ParseTemporal(text); v != nil {
			return v
		}
		return feel.String("not a " + local + ": " + text)
	}
	return feel.String(s.Text)
}

// tckSame compares as the kit does: numbers within 1e-8.
func tckSame(m *feel.Machine, got, want feel.Value) bool {
	if feel.KindOf(got) != feel.KindOf(want) {
		return false
	}
	switch x := got.(type) {
	case feel.Number:
		diff, _ := x.Sub(want.(feel.Number).Decimal)
		tolerance, _ := decimal.Parse("1e-8")
		return diff.Abs().Cmp(tolerance) <= 0
	case feel.List:
		y := want.(feel.List)
		if len(x) != len(y) {
			return false
		}
		for i := range x {
			if !tckSame(m, x[i], y[i]) {
				return false
			}
		}
		return true
	case *feel.Context:
		y := want.(*feel.Context)
		for _, e := range y.Entries() {
			v, ok := x.Get(e.Key)
			if !ok || !tckSame(m, v, e.Value) {
				return false
			}
		}
		return x.Len() == y.Len()
	}
	return feel.Equal(m, got, want) == feel.Boolean(true)
}

// needsJVM are the cases whose expected result only a Java runtime computes.
const needsJVM = "external-java"

type tally struct{ passed, failed, skipped int }

func (t tally) String() string {
	return fmt.Sprintf("%d passed, %d failed, %d not applicable", t.passed, t.failed, t.skipped)
}

func (t *tally) add(o tally) {
	t.passed += o.passed
	t.failed += o.failed
	t.skipped += o.skipped
}

func tckDir(t *testing.T) string {
	if dir := os.Getenv("DMN_TCK_DIR"); dir != "" {
		return dir
	}
	root, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(strings.TrimSpace(string(root)), "..", "shared", "conformance", "dmn")
}

func TestTCK(t *testing.T) {
	dir := tckDir(t)
	folders, _ := filepath.Glob(filepath.Join(dir, "level-*", "*"))
	if len(folders) == 0 {
		t.Skipf("SKIPPED LOUDLY: no DMN TCK in %s; set DMN_TCK_DIR to the folder that holds level-2 and level-3", dir)
	}
	sort.Strings(folders)
	var total tally
	levels := map[string]int{}
	for _, folder := range folders {
		files, _ := filepath.Glob(filepath.Join(folder, "*.xml"))
		var sum tally
		for _, f := range files {
			sum.add(runTCKFile(t, folder, f))
		}
		level := filepath.Base(filepath.Dir(folder))
		levels[level] += sum.passed + sum.failed + sum.skipped
		fmt.Printf("dmn-tck %s/%s: %s\n", level, filepath.Base(folder), sum)
		total.add(sum)
	}
	fmt.Printf("dmn-tck: %s\n", total)
	// The kit grows; what is known of it must not shrink unnoticed.
	for level, least := range map[string]int{"level-2": 116, "level-3": 1400} {
		if n, there := levels[level]; there && n < least {
			t.Errorf("%s has only %d cases, at least %d are known: the suite is incomplete", level, n, least)
		}
	}
	if total.failed > 0 {
		t.Errorf("%d cases failed", total.failed)
	}
}

func runTCKFile(t *testing.T, folder, file string) (sum tally) {
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var cases tckFile
	if err := xml.Unmarshal(raw, &cases); err != nil {
		t.Errorf("%s: %v", file, err)
		return tally{failed: 1}
	}
	model, err := loadTCKModel(folder, cases.Model)
	for i := range cases.Cases {
		c := &cases.Cases[i]
		if err != nil {
			t.Errorf("%s %s: %v", filepath.Base(file), c.ID, err)
			sum.failed++
			continue
		}
		sum.add(runTCKCase(t, filepath.Base(file), model, c))
	}
	return sum
}

func loadTCKModel(folder, name string) (*dmn.Model, error) {
	main, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		return nil, err
	}
	others, _ := filepath.Glob(filepath.Join(folder, "*.dmn"))
	sources := []Source{}
	for _, o := range others {
		if filepath.Base(o) == name {
			continue
		}
		raw, err := os.ReadFile(o)
		if err != nil {
			return nil, err
		}
		sources = append(sources, Source{filepath.Base(o), raw})
	}
	model, _, err := Compile(Options{}, Source{name, main}, sources...)
	return model, err
}

// runTCKCase passes when every result of the case is as expected.
func runTCKCase(t *testing.T, file string, model *dmn.Model, c *tckCase) tally {
	now, _ := calendar.FromUnix(1_700_000_000)
	for i := range c.Results {
		r := &c.Results[i]
		m := feel.NewMachine(nil, feel.DefaultLimits, now)
		got, err := evaluateTCK(model, m, c, r)
		want := r.Expected.value()
		switch {
		case err == nil && (r.Error && got == nil || !r.Error && tckSame(m, got, want)):
		case strings.Contains(file, needsJVM):
			fmt.Printf("dmn-tck not applicable: %s %s: needs a Java virtual machine\n", file, c.ID)
			return tally{skipped: 1}
		default:
			t.Errorf("%s %s %s: got %s, %v; want %s", file, c.ID, r.Name, feel.Text(got), err, feel.Text(want))
			return tally{failed: 1}
		}
	}
	return tally{passed: 1}
}

func evaluateTCK(model *dmn.Model, m *feel.Machine, c *tckCase, r *tckNode) (feel.Value, error) {
	e := dmn.NewEvaluation(model, m, nil)
	if c.Type == "decisionService" || c.Type == "bkm" {
		return invokeTCK(model, e, c, r)
	}
	for i := range c.Inputs {
		in := &c.Inputs[i]
		if err := e.SetNamed(in.Name, in.Namespace, in.value()); err != nil {
			return nil, err
		}
	}
	return e.GetNamed(r.Name, r.Namespace)
}

// invokeTCK invokes a service or knowledge; of several outputs the result is
// the one that the node names.
func invokeTCK(model *dmn.Model, e *dmn.Evaluation, c *tckCase, r *tckNode) (feel.Value, error) {
	name := c.Invocable
	if name == "" {
		name = r.Name
	}
	i := model.Find(name, "")
	if i < 0 {
		return nil, fmt.Errorf("nothing is named %q", name)
	}
	var args []feel.Entry
	for k := range c.Inputs {
		args = append(args, feel.Entry{Key: c.Inputs[k].Name, Value: c.Inputs[k].value()})
	}
	v, err := e.Invoke(i, feel.NewContext(args...))
	if out, ok := v.(*feel.Context); ok && len(model.Elements[i].Outputs) > 1 {
		v, _ = out.Get(r.Name)
	}
	return v, err
}
